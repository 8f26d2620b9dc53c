import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SuiteResult } from '../contract/suite-result.ts';
import type { SuiteSteps } from '../contract/suite-steps.ts';
import { summarise } from '../report/summary.ts';
import { summaryMarkdown } from '../report/summary-markdown.ts';
import type { Deps } from './deps.ts';
import { readKnownDefects } from './known-defects.ts';

/** Sums up, and leaves one summary as JSON and one as Markdown. */
export const concludeSuite = (deps: Deps): SuiteSteps['concludeSuite'] =>
  async function concludeSuite(end) {
    const { defects, problem } = knownTo(deps);
    const said = summarise(end, defects, new Date().toISOString());
    const folder = suiteFolder(deps.stateDir, end.workflowId);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const summary = { json: path.join(folder, 'summary.json'), markdown: path.join(folder, 'summary.md') };
    const result: SuiteResult = { ...said, defects: { ...said.defects, ...problem }, summary };
    write(summary.json, `${JSON.stringify(result, null, 2)}\n`);
    write(summary.markdown, summaryMarkdown(result));
    return result;
  };

/** `suites/<workflow id>`, with what no file name may hold replaced. */
export const suiteFolder = (stateDir: string, workflowId: string): string =>
  path.join(stateDir, 'suites', workflowId.replace(/[^A-Za-z0-9_.:-]/g, '_').replace(/^\.+/, '_'));

/** A list that went bad while the suite ran spoils no result: nothing is known then, and the summary says why. */
function knownTo(deps: Deps) {
  try {
    return { defects: readKnownDefects(deps), problem: {} };
  } catch (error) {
    return { defects: [], problem: { problem: (error as Error).message } };
  }
}

function write(file: string, content: string): void {
  writeFileSync(`${file}.tmp`, content, { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}
