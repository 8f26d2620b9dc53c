import { readFileSync } from 'node:fs';
import path from 'node:path';
import { suiteFolder } from '../activities/suite-conclude.ts';
import type { SuiteResult } from '../contract/suite-result.ts';
import { EXIT, gravest } from '../report/exit-code.ts';

/** What a suite or a soak ended with; undefined for a run, or where it left none. */
export const suiteIn = (result: object): SuiteResult | undefined =>
  'kind' in result && 'scenarios' in result && 'summary' in result ? (result as SuiteResult) : undefined;

/** Temporal keeps no result of a cancelled workflow: it is read from the summary. */
export function summaryOf(stateDir: string, workflowId: string): SuiteResult | undefined {
  try {
    const text = readFileSync(path.join(suiteFolder(stateDir, workflowId), 'summary.json'), 'utf8');
    return suiteIn(JSON.parse(text) as object);
  } catch {
    return undefined;
  }
}

/** The worst of all its runs. A known failure is a failure unless the caller allows those. */
export function suiteExitCode({ scenarios, residue, aborted }: SuiteResult, allowKnown: boolean): number {
  const total = (of: (tally: SuiteResult['scenarios'][number]) => number): number =>
    scenarios.reduce((sum, tally) => sum + of(tally), 0);
  return gravest([
    ...(residue.length > 0 ? [EXIT.notHealed] : []),
    ...(aborted ? [EXIT.aborted] : []),
    ...(total(({ failed }) => failed) > 0 ? [EXIT.failed] : []),
    ...(total(({ failedKnown }) => failedKnown) > 0 && !allowKnown ? [EXIT.failed] : []),
    ...(total(({ inconclusive }) => inconclusive) > 0 || scenarios.length === 0 ? [EXIT.inconclusive] : []),
  ]);
}
