import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { SuiteResult } from '../src/contract/suite-result.ts';
import { summaryOf } from '../src/cli/suite-outcome.ts';
import { renderTable } from '../src/report/terminal.ts';
import { scenarios } from '../src/workflows/scenarios/index.ts';
import { TestLab } from '../test/e2e/test-lab.ts';
import { nextRound, summed } from './false-alarms-result.ts';
import type { CleanRun, FalseAlarms } from './false-alarms-result.ts';

/*
 * The whole catalogue, so many times in a row, on a clean lab: every run has to pass, and nothing is to be found.
 * `node --import tsx scripts/false-alarms.ts [rounds, default 10]`. Ctrl-C and SIGTERM end it after the run under way was healed;
 * the next call goes on with what is left, in a fresh lab. Exit code 0: complete, and it holds; 1: a false alarm; 3: not complete.
 */

const RESULTS = fileURLToPath(new URL('../bench/results/', import.meta.url));
const NAMES = Object.keys(scenarios);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const rounds = Number(process.argv[2] ?? 10);
if (!Number.isInteger(rounds) || rounds < 1) {
  say('usage: node --import tsx scripts/false-alarms.ts [rounds]; rounds is a whole number from 1');
  process.exit(2);
}

/** The newest that is not complete, or a new one. */
function fileAndRuns(): { file: string; runs: CleanRun[] } {
  mkdirSync(RESULTS, { recursive: true });
  const newest = readdirSync(RESULTS)
    .filter((name) => /^false-alarms-.*\.json$/.test(name))
    .toSorted((a, b) => a.localeCompare(b))
    .at(-1);
  const before =
    newest === undefined ? undefined : (JSON.parse(readFileSync(`${RESULTS}${newest}`, 'utf8')) as FalseAlarms);
  if (newest !== undefined && before?.complete === false) return { file: `${RESULTS}${newest}`, runs: before.runs };
  const now = new Date().toISOString();
  const today = `${RESULTS}false-alarms-${now.slice(0, 10)}.json`;
  return {
    file: existsSync(today) ? `${RESULTS}false-alarms-${now.slice(0, 19).replaceAll(':', '')}.json` : today,
    runs: [],
  };
}

function write(file: string, runs: CleanRun[]): FalseAlarms {
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    kernel: release(),
    node: process.version,
  };
  const results = summed(NAMES, runs, { rounds, machine });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return results;
}

/** As `0k-chaos run --all` does it; `stop` aborts it, and what has ended counts all the same. */
async function round(lab: TestLab, names: string[], stop: AbortSignal): Promise<CleanRun[]> {
  const handle = await lab.start('suite', { scenarios: names });
  const abort = (): void => void handle.cancel();
  stop.addEventListener('abort', abort, { once: true });
  const { result, message } = await lab.ended(handle);
  stop.removeEventListener('abort', abort);
  const suite = (result as SuiteResult | null) ?? summaryOf(lab.config.stateDir, handle.workflowId);
  if (!suite) throw new Error(`the suite left no result: ${message}`);
  const at = new Date().toISOString();
  return suite.runs
    .filter(({ because }) => !stop.aborted || !/abort|cancel/i.test(because))
    .map((run) => ({
      ...{ scenario: run.scenario, verdict: run.verdict, because: run.because, seconds: run.seconds },
      ...{ findings: run.findings, at },
    }));
}

function table({ scenarios: tallies }: FalseAlarms): string {
  const rows = Object.entries(tallies).map(([name, { runs, passed, findings, seconds }]) => [
    ...[
      name,
      `${runs}`,
      `${passed}`,
      Object.entries(findings)
        .map(([id, count]) => `${id} × ${count}`)
        .join(', '),
    ],
    ...[seconds.min, seconds.median, seconds.max].map((one) => one.toFixed(1)),
  ]);
  return renderTable(['scenario', 'runs', 'passed', 'findings', 'min s', 'median s', 'max s'], rows);
}

async function main(): Promise<number> {
  const { file, runs } = fileAndRuns();
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  let results = write(file, runs);
  if (results.complete) return 0;
  const lab = await TestLab.up(`false-alarms-${process.pid}`);
  try {
    for (let names = nextRound(NAMES, runs, rounds); names.length > 0; names = nextRound(NAMES, runs, rounds)) {
      say(`${names.length} scenarios, ${runs.length} of ${rounds * NAMES.length} runs done`);
      const ended = await round(lab, names, stop.signal);
      runs.push(...ended);
      results = write(file, runs);
      if (stop.signal.aborted) break;
      if (ended.length === 0) throw new Error('a round without a single run: see the worker');
    }
  } finally {
    await lab.down();
  }
  say(`\n${table(results)}\n\n${results.holds ? 'no false alarm' : 'FALSE ALARM'}; written to ${file}`);
  for (const { because } of Object.values(results.scenarios)) for (const why of because) say(`  ${why}`);
  if (!results.holds) return 1;
  return results.complete ? 0 : 3;
}

process.exit(await main());
