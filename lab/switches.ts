import { machinesOf } from './choose-machines.ts';
import { spreadEnvironment } from './environment.ts';
import { LabError } from './error.ts';
import { sshTarget } from './fleet-file.ts';
import { isHealthy, relaysReady } from './health.ts';
import { defaultLabName } from './paths.ts';
import { endedRelays, withBug, withoutBug } from './planting.ts';
import type { MachineName } from './qemu-words.ts';
import { readRecord, writeRecord, type LabRecord } from './record.ts';
import { mustAsRoot } from './ssh.ts';
import type { Planted } from './standins/bugs.ts';

/** As if the machine's plug was pulled. */
export async function powerCut(
  machine: MachineName,
  { name = defaultLabName() }: { name?: string } = {},
): Promise<void> {
  const record = await runningRecord(name);
  await machinesOf(record).powerCut(record, machine);
}

/** The machine alone, as it was when the lab came up. */
export async function powerOn(
  machine: MachineName,
  { name = defaultLabName() }: { name?: string } = {},
): Promise<void> {
  const record = await runningRecord(name);
  await machinesOf(record).powerOn(record, machine);
  if (machine === 'beast') await relaysReady(record.ports);
}

/** With it, guardian also reaches the relays by way of Q, so that a cut between guardian and beast cuts nothing. */
export async function setSecondPath(on: boolean, { name = defaultLabName() }: { name?: string } = {}): Promise<void> {
  const record = { ...(await runningRecord(name)), secondPath: on };
  writeRecord(record);
  await machinesOf(record).tellDiscovery(record);
}

/** Plants a bug in the stand-ins of a running lab, beside those that are planted already. @returns all that are planted now. */
export async function breakLab(bug: Planted, { name = defaultLabName() }: { name?: string } = {}): Promise<string> {
  const record = await runningRecord(name);
  return plant({ ...record, bugs: withBug(record.bugs, bug) });
}

export interface Mended {
  mended: Planted[];
  /** Relays that had ended of a mended bug and were started again. */
  started: string[];
  /** What is still planted. */
  bugs: string;
}

/** Takes a bug out of the stand-ins of a running lab, wherever it is planted; null: all of them. */
export async function mendLab(
  bug: Planted['name'] | null,
  { name = defaultLabName() }: { name?: string } = {},
): Promise<Mended> {
  const record = await runningRecord(name);
  const { mended, left } = withoutBug(record.bugs, bug);
  if (bug !== null && mended.length === 0) {
    throw new LabError(`the bug \`${bug}\` is not planted. Planted: ${record.bugs === '' ? 'none' : record.bugs}`, 2);
  }
  const bugs = await plant({ ...record, bugs: left });
  return { mended, started: await startEnded(record, endedRelays(mended)), bugs };
}

async function plant(record: LabRecord): Promise<string> {
  writeRecord(record);
  const state = await machinesOf(record).state(record);
  const running = state.filter(({ pid }) => pid !== null).map(({ machine }) => machine);
  await spreadEnvironment(record, running);
  return record.bugs;
}

/** Those of the relays, by their number from 0, that do not answer. */
async function startEnded(record: LabRecord, relays: number[]): Promise<string[]> {
  const ended = await Promise.all(
    relays.map(async (index) => ((await isHealthy(record.ports.http[index] ?? 0)) ? [] : [`relay-${index + 1}`])),
  );
  const names = ended.flat();
  if (names.length === 0) return [];
  const containers = names.map((relay) => `dist-chaos-${relay}-1`).join(' ');
  await mustAsRoot(sshTarget(record, 'beast'), `docker start ${containers}`);
  await relaysReady(record.ports);
  return names;
}

async function runningRecord(name: string): Promise<LabRecord> {
  const record = readRecord(name);
  if (!record || (await machinesOf(record).discoveryPid(record)) === null) {
    throw new LabError(`the lab \`${name}\` is not up. Start it with \`0k-chaos lab up\`.`, 2);
  }
  return record;
}
