import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { scenarios } from '../src/workflows/scenarios/index.ts';
import { needsNetem } from '../test/e2e/anywhere/passes-all.ts';
import { TestLab } from '../test/e2e/test-lab.ts';
import { shuffled } from '../test/matrix/cover.ts';
import { MEDDLINGS } from './meddlings.ts';

/* What `scripts/meddling.ts` starts on a lab of containers: how many runs, and the seed. */

const RESULTS = fileURLToPath(new URL('../bench/results/', import.meta.url));
const NAMES = Object.keys(scenarios).filter((name) => !needsNetem.has(name));
/** Most runs are over by then. */
const LATEST_MS = 16_000;
const MOST_MS = 300_000;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Meddled {
  scenario: string;
  /** Null: the run was over before. */
  meddling: string | null;
  afterSeconds: number;
  verdict: string;
  because: string;
  seconds: number;
  /** What is wrong with that: nothing here is 0k-sync's doing, and what we broke is put back. */
  problems: string[];
}

const [count, seed] = process.argv.slice(2).map(Number) as [number, number];
const oneOf = <T>(all: readonly T[], n: number, salt: number): T => shuffled(all, seed * 1_000 + n * 10 + salt)[0] as T;

async function meddle(lab: TestLab, n: number): Promise<Meddled> {
  const scenario = oneOf(NAMES, n, 1);
  const name = oneOf(Object.keys(MEDDLINGS), n, 2);
  const container = `dist-chaos-${oneOf(Object.keys(lab.config.fleet.relays), n, 3)}-1`;
  const afterMs = oneOf(
    Array.from({ length: LATEST_MS / 500 }, (_, half) => 500 * (half + 1)),
    n,
    4,
  );
  const startedAt = Date.now();
  const { workflowId } = await lab.start(scenario, { payload: 'lines', seed: n });
  await sleep(afterMs);
  const { status } = await lab.client.workflow.getHandle(workflowId).describe();
  const isLate = status.name !== 'RUNNING';
  if (!isLate) await MEDDLINGS[name]?.({ lab, container }).catch((error: Error) => say(`  ${name}: ${error.message}`));
  // Whoever killed the server has made another client.
  const ended = await Promise.race([
    lab.ended(lab.client.workflow.getHandle(workflowId)),
    sleep(MOST_MS).then(() => undefined),
  ]);
  const verdict = ended?.result?.verdict ?? ended?.status ?? 'does not end';
  const left = (await lab.residue()).filter((line) => !/ (Exited|Up|Created) /.test(line));
  return {
    ...{ scenario, meddling: isLate ? null : name, afterSeconds: afterMs / 1_000 },
    ...{ verdict, because: ended?.message ?? '', seconds: (Date.now() - startedAt) / 1_000 },
    problems: [...(['passed', 'inconclusive'].includes(verdict) ? [] : [`it ended ${verdict}`]), ...left],
  };
}

/** Whatever somebody has ended is started again. */
async function mend(lab: TestLab): Promise<void> {
  const paused = 'for each in $(docker ps -q -f status=paused); do docker unpause $each; done';
  await lab.root('beast', 'sh', '-c', `${paused}; docker start $(docker ps -aq)`);
  await lab.chaos(['heal', '--all']);
  const deadline = Date.now() + MOST_MS;
  while ((await lab.chaos(['relays', 'health'])).exitCode !== 0) {
    if (Date.now() > deadline) throw new Error('the relays of the lab do not get well again');
    await sleep(500);
  }
}

const lineOf = ({ scenario, meddling, afterSeconds, verdict, because, seconds, problems }: Meddled): string => {
  const what = meddling === null ? 'over before anybody meddled' : `somebody ${meddling} after ${afterSeconds} s`;
  const wrong = problems.length === 0 ? '' : `WRONG (${problems.join('; ')}): `;
  return `${wrong}${scenario}, ${what}: ${verdict} after ${seconds.toFixed(0)} s: ${because.slice(0, 300)}`;
};

async function main(): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  const at = new Date().toISOString();
  const file = `${RESULTS}meddling-${at.slice(0, 10)}.json`;
  mkdirSync(RESULTS, { recursive: true });
  const lab = await TestLab.up(`meddling-${process.pid}`, 'containers');
  const runs: Meddled[] = [];
  try {
    for (let n = 1; n <= count && !stop.signal.aborted; n += 1) {
      const meddled = await meddle(lab, n);
      if (stop.signal.aborted) break;
      runs.push(meddled);
      const wrong = runs.filter(({ problems }) => problems.length > 0).length;
      writeFileSync(file, `${JSON.stringify({ at, seed, asked: count, wrong, runs }, null, 2)}\n`);
      say(`${n}/${count} ${lineOf(meddled)}`);
      await mend(lab);
    }
  } finally {
    await lab.down();
  }
  const wrong = runs.filter(({ problems }) => problems.length > 0);
  say(`${runs.length} runs, ${wrong.length} of them wrong; written to ${file}`);
  if (wrong.length > 0) return 1;
  return runs.length === count ? 0 : 3;
}

process.exit(await main());
