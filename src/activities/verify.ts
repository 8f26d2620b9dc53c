import type { RunRef } from '../contract/run.ts';
import { VERIFYING } from '../contract/slow-heal.ts';
import type { Steps } from '../contract/steps.ts';
import { diffSnapshots } from '../hosts/lease.ts';
import type { Leases, Snapshot } from '../hosts/lease.ts';
import { ownerOf } from '../contract/run.ts';
import type { Deps } from './deps.ts';
import { few } from './few.ts';
import { shutOut } from './fences.ts';
import { beating } from './heartbeat.ts';
import { RunFolder } from './journal.ts';
import { ledgerOf } from './leases.ts';
import { untilHealthy } from './relays.ts';
import { tellWhenSlow } from './slow.ts';

const baselineFile = (machine: string): string => `baseline/${machine}.json`;

/** Keeps what a machine is like before the first fault. Not taken again after a worker's death: faults may stand by then. */
export async function takeBaseline(deps: Deps, run: RunRef, machine: string): Promise<void> {
  const folder = new RunFolder(deps.stateDir, run);
  const isTaken = (): boolean => folder.read(baselineFile(machine)) !== '';
  if (isTaken()) return;
  const snapshot = JSON.stringify(await ledgerOf(deps, machine).snapshot());
  // An attempt that was frozen meanwhile comes too late.
  if (!isTaken()) folder.write(baselineFile(machine), snapshot);
}

/** Every machine against its baseline, its ledger, and every relay healthy. */
export const verify = (deps: Deps): Steps['verify'] =>
  async function verify({ run, machines }) {
    return beating(() => tellWhenSlow(deps, VERIFYING, () => compare(deps, run, machines)));
  };

async function compare(deps: Deps, run: RunRef, machines: string[]): Promise<{ residue: string[] }> {
  const folder = new RunFolder(deps.stateDir, run);
  // All is healed: whatever a worker that was away still has in hand comes too late. A machine that is away shows below.
  await shutOut(deps, ownerOf(run));
  const residue = await Promise.all([
    ...machines.map((machine) => residueOn(deps, folder, run, machine)),
    ...relaysKnownHealthy(deps, folder).map((relay) => unhealthy(deps, relay)),
  ]);
  folder.record({ kind: 'check', summary: 'baseline', data: { residue: residue.flat() } });
  return { residue: residue.flat() };
}

async function residueOn(deps: Deps, folder: RunFolder, run: RunRef, machine: string): Promise<string[]> {
  const baseline = folder.read(baselineFile(machine));
  if (baseline === '') return [];
  const ledger = ledgerOf(deps, machine);
  const [now, leases] = await Promise.all([ledger.snapshot(), ledger.list()]);
  const mine = leases.flatMap((entry) =>
    entry.state === 'leased' && entry.lease.owner === ownerOf(run)
      ? [`${machine}: ${entry.lease.summary} still leased`]
      : [],
  );
  const before = JSON.parse(baseline) as Snapshot;
  const forgotten = await inNoLedger(ledger, before, now);
  return few([...mine, ...[...diffSnapshots(before, now), ...forgotten].map((line) => `${machine}: ${line}`)]);
}

/**
 * What is ours is left out of the comparison, as faults of others may stand. A lease outlives its fault: what is there before and after
 * the ledger is found empty is nobody's.
 */
async function inNoLedger(ledger: Leases, before: Snapshot, now: Snapshot): Promise<string[]> {
  const left = (now.ours ?? []).filter((line) => !before.ours?.includes(line));
  if (left.length === 0 || (await ledger.list()).length > 0) return [];
  const later = await ledger.snapshot();
  return left
    .filter((line) => later.ours?.includes(line))
    .map((line) => `left by a fault, and in no ledger: \`${line}\``);
}

/** A baseline is taken where every relay was healthy; without one nothing was broken. */
const relaysKnownHealthy = ({ fleet }: Deps, folder: RunFolder): string[] =>
  Object.entries(fleet.relays).flatMap(([name, { machine }]) =>
    folder.read(baselineFile(machine)) === '' ? [] : [name],
  );

async function unhealthy(deps: Deps, relay: string): Promise<string[]> {
  const seconds = await untilHealthy(deps, relay, deps.fleet.times.healthySeconds);
  return seconds === undefined ? [`${relay} is not healthy after ${deps.fleet.times.healthySeconds} s`] : [];
}
