import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { summaryOf } from '../src/cli/suite-outcome.ts';
import { parseJournal } from '../src/report/journal.ts';
import { renderTable } from '../src/report/table.ts';
import { TestLab } from '../test/e2e/test-lab.ts';
import type { Ended } from '../test/e2e/test-lab.ts';
import { nextRound, summed } from './false-alarms-result.ts';
import type { CleanRun, FalseAlarms } from './false-alarms-result.ts';

/* What `scripts/false-alarms.ts` starts for each kind of machines: rounds, `vm` or `containers`, names of scenarios. */

const RESULTS = fileURLToPath(new URL('../bench/results/', import.meta.url));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const rounds = Number(process.argv[2]);
const machines = process.argv[3] === 'containers' ? 'containers' : 'vm';
const NAMES = process.argv.slice(4);

/** The newest that is not complete, or a new one. */
function fileAndRuns(): { file: string; runs: CleanRun[] } {
  mkdirSync(RESULTS, { recursive: true });
  const newest = readdirSync(RESULTS)
    .filter((name) => name.startsWith(`false-alarms-${machines}-`))
    .toSorted((a, b) => a.localeCompare(b))
    .at(-1);
  const before =
    newest === undefined ? undefined : (JSON.parse(readFileSync(`${RESULTS}${newest}`, 'utf8')) as FalseAlarms);
  if (newest !== undefined && before?.complete === false) return { file: `${RESULTS}${newest}`, runs: before.runs };
  const now = new Date().toISOString();
  const today = `${RESULTS}false-alarms-${machines}-${now.slice(0, 10)}.json`;
  return {
    file: existsSync(today) ? `${RESULTS}false-alarms-${machines}-${now.slice(0, 19).replaceAll(':', '')}.json` : today,
    runs: [],
  };
}

function write(file: string, runs: CleanRun[]): FalseAlarms {
  const machine = {
    machines,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    kernel: release(),
    node: process.version,
  };
  const results = summed(NAMES, runs, { rounds, machine });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return results;
}

const POLL_MS = 2_000;

/** As `0k-chaos run --all` does it. `take` gets each run as soon as its journal is there, so that whatever ends us loses one at most. */
async function round(
  lab: TestLab,
  names: string[],
  stop: AbortSignal,
  take: (runs: CleanRun[]) => void,
): Promise<void> {
  const handle = await lab.start('suite', { scenarios: names });
  const { workflowId } = handle;
  let ended: Ended | undefined;
  const end = lab.ended(handle).then((how) => void (ended = how));
  while (!ended && !stop.aborted) {
    await Promise.race([end, sleep(POLL_MS)]);
    take(journalsOf(lab, workflowId));
  }
  if (!ended) {
    // Whoever waits for its end would ask on when the connection is closed, and nobody could catch what that throws.
    await handle.terminate('the false alarms were stopped');
    await end;
    return;
  }
  const suite = summaryOf(lab.config.stateDir, workflowId);
  if (!suite) throw new Error(`the suite left no result: ${ended.message}`);
  take(suite.runs.map((run) => cleanRun(run)));
}

const cleanRun = (run: Omit<CleanRun, 'at'>): CleanRun => ({
  ...{ scenario: run.scenario, runId: run.runId, verdict: run.verdict, because: run.because, seconds: run.seconds },
  ...{ findings: run.findings, at: new Date().toISOString() },
});

/** The runs of this suite that have come to their ends. */
function journalsOf({ config }: TestLab, suiteId: string): CleanRun[] {
  const folder = `${config.stateDir}/runs`;
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('/journal.json'))
    .flatMap((name) => {
      const read = parseJournal(readFileSync(`${folder}/${name}`, 'utf8'));
      return 'journal' in read && read.journal.run.workflowId.startsWith(`${suiteId}/`)
        ? [cleanRun(read.journal.result)]
        : [];
    });
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
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  let results = write(file, runs);
  if (results.complete) return 0;
  const lab = await TestLab.up(`false-alarms-${process.pid}`, machines);
  try {
    for (let names = nextRound(NAMES, runs, rounds); names.length > 0; names = nextRound(NAMES, runs, rounds)) {
      say(`${names.length} scenarios, ${runs.length} of ${rounds * NAMES.length} runs done`);
      const before = runs.length;
      await round(lab, names, stop.signal, (ended) => {
        runs.push(...ended.filter(({ runId }) => !runs.some((run) => run.runId === runId)));
        results = write(file, runs);
      });
      if (stop.signal.aborted) break;
      if (runs.length === before) throw new Error('a round without a single run: see the worker');
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
