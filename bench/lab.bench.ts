import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestLab } from '../test/e2e/test-lab.ts';
import { runDirectly } from './direct.ts';
import type { Row } from './exec.bench.ts';

const MIB = 1024 * 1024;
const IDLE_MS = 10_000;

const row = (name: string, ours: number, theirs: number, bar: number): Row => ({
  ...{ name, bar, ratio: Number((ours / theirs).toFixed(3)) },
  ...{ ours: Number(ours.toFixed(1)), theirs: Number(theirs.toFixed(1)) },
});

/** MR-01 as a run under Temporal against the same steps called directly, in turns; ms, medians. */
export async function benchTemporal(lab: TestLab, rounds = 2): Promise<Row> {
  const [under, directly]: [number[], number[]] = [[], []];
  for (let round = -1; round < rounds; round += 1) {
    const one = await timed(async () => {
      const { result, message } = await lab.run('mr_01_relay_crash_failover');
      if (result?.verdict !== 'passed') throw new Error(`the run under Temporal did not pass: ${message}`);
    });
    const other = await timed(() => runDirectly(lab, lab.config, lab.hosts));
    if (round < 0) continue;
    under.push(one);
    directly.push(other);
  }
  return row('scenario under Temporal ÷ the same steps called directly', median(under), median(directly), 1.15);
}

/** The worker dies while a fault stands; from the start of the next worker until the fault is healed, in seconds. */
export async function benchRecovery(lab: TestLab): Promise<Row> {
  const handle = await lab.start('edge_03_guardian_partition_recovery', { messages: 1 });
  await lab.untilStanding(handle, 1);
  await lab.endWorker('SIGKILL');
  const startedAt = Date.now();
  await lab.startWorker();
  await handle.cancel();
  const { result } = await lab.ended(handle);
  await lab.untilClean(60);
  const healedAt = Date.parse(result?.faults[0]?.healedAt ?? '') || Date.now();
  return row('worker killed mid-fault → healed after restart (s, absolute)', (healedAt - startedAt) / 1000, 1, 15);
}

/** Resident memory of a worker that has nothing to do, in MiB. */
export async function benchMemory(lab: TestLab): Promise<Row> {
  await lab.endWorker('SIGTERM');
  await lab.startWorker();
  await sleep(IDLE_MS);
  const status = readFileSync(`/proc/${lab.worker?.pid}/status`, 'utf8');
  const kib = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
  return row('memory of an idle worker (MiB RSS, absolute)', (kib * 1024) / MIB, 1, 250);
}

async function timed(act: () => Promise<void>): Promise<number> {
  const startedAt = Date.now();
  await act();
  return Date.now() - startedAt;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
