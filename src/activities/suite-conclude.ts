import path from 'node:path';
import type { SuiteResult } from '../contract/suite-result.ts';
import type { SuiteSteps } from '../contract/suite-steps.ts';
import { privateFolder, replacePrivate, stateFolder } from '../hosts/private-file.ts';
import { summarise } from '../report/summary.ts';
import { summaryMarkdown } from '../report/summary-markdown.ts';
import { shortId } from './admit.ts';
import type { Deps } from './deps.ts';
import { readKnownDefects } from './known-defects.ts';

/** Sums up, and leaves one summary as JSON and one as Markdown. */
export const concludeSuite = (deps: Deps): SuiteSteps['concludeSuite'] =>
  async function concludeSuite(end) {
    const { defects, problem } = knownTo(deps);
    const said = summarise(end, defects, new Date().toISOString());
    const folder = privateFolder(suiteFolder(stateFolder(deps.stateDir), end.workflowId));
    const summary = { json: path.join(folder, 'summary.json'), markdown: path.join(folder, 'summary.md') };
    const result: SuiteResult = { ...said, defects: { ...said.defects, ...problem }, summary };
    replacePrivate(summary.json, `${JSON.stringify(result, null, 2)}\n`);
    replacePrivate(summary.markdown, summaryMarkdown(result));
    return result;
  };

/** `suites/<workflow id>`, with what no file name may hold replaced: anybody may choose the id. */
export function suiteFolder(stateDir: string, workflowId: string): string {
  const name = workflowId.replace(/[^A-Za-z0-9_.:-]/g, '_').replace(/^\.+/, '_');
  return path.join(stateDir, 'suites', name.length > 200 ? `${name.slice(0, 180)}-${shortId(workflowId)}` : name);
}

/** A list that went bad while the suite ran spoils no result: nothing is known then, and the summary says why. */
function knownTo(deps: Deps) {
  try {
    return { defects: readKnownDefects(deps), problem: {} };
  } catch (error) {
    return { defects: [], problem: { problem: (error as Error).message } };
  }
}
