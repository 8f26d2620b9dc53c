import { discoveryPid, writeDiscoveryConfig } from './discovery.ts';
import { checkBugs, spreadEnvironment } from './environment.ts';
import { LabError } from './error.ts';
import { relaysReady } from './health.ts';
import { chooseMachines } from './machines.ts';
import { defaultLabName } from './paths.ts';
import type { MachineName } from './qemu-words.ts';
import { readRecord, writeRecord, type LabRecord } from './record.ts';

const machines = chooseMachines();

/** As if the machine's plug was pulled. */
export async function powerCut(
  machine: MachineName,
  { name = defaultLabName() }: { name?: string } = {},
): Promise<void> {
  await machines.powerCut(runningRecord(name), machine);
}

/** The machine alone, as it was when the lab came up. */
export async function powerOn(
  machine: MachineName,
  { name = defaultLabName() }: { name?: string } = {},
): Promise<void> {
  const record = runningRecord(name);
  await machines.powerOn(record, machine);
  if (machine === 'beast') await relaysReady(record.ports);
}

/** With it, guardian also reaches the relays by way of Q, so that a cut between guardian and beast cuts nothing. */
export async function setSecondPath(on: boolean, { name = defaultLabName() }: { name?: string } = {}): Promise<void> {
  const record = { ...runningRecord(name), secondPath: on };
  writeRecord(record);
  writeDiscoveryConfig(record);
}

/** Plants bugs in all stand-ins of a running lab; an empty text takes them out. */
export async function plantBugs(bugs: string, { name = defaultLabName() }: { name?: string } = {}): Promise<void> {
  const record = { ...runningRecord(name), bugs: checkBugs(bugs) };
  writeRecord(record);
  await spreadEnvironment(record);
}

function runningRecord(name: string): LabRecord {
  const record = readRecord(name);
  if (!record || discoveryPid(record.dir) === null) {
    throw new LabError(`the lab \`${name}\` is not up. Start it with \`0k-chaos lab up\`.`, 2);
  }
  return record;
}
