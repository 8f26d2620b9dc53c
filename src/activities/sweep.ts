import type { Brake } from '../contract/brake.ts';
import type { HealReply, Leases } from '../hosts/lease.ts';
import { brokenMachines } from './admit.ts';
import { brakeMachine, brakeOn } from './brake.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { shutOut } from './fences.ts';
import { ledgerOf } from './leases.ts';
import { isAlive } from './owners.ts';

type By = 'frame' | 'hold' | 'sweep' | 'hand';

/** Heals every fault of one run, on every machine, side by side. @throws HealFailed while anything of it stands. */
export async function healOwner(deps: Deps, owner: string, by: By): Promise<HealReply[]> {
  const machines = brokenMachines(deps.fleet);
  const outcomes = await Promise.allSettled(machines.map((machine) => ledgerOf(deps, machine).heal({ owner }, by)));
  const problems = outcomes.flatMap((outcome, n) =>
    outcome.status === 'rejected'
      ? [`${machines[n]}: ${(outcome.reason as Error).message}`]
      : outcome.value.filter(({ state }) => state === 'stands').map((reply) => `${machines[n]}: ${lineOf(reply)}`),
  );
  if (problems.length > 0) throw notHealed(owner, problems);
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
}

/**
 * Before somebody else is granted what a run held that is gone: nothing of it can come any more, and nothing of it is in the ledger of
 * any machine. @throws HealFailed while one machine cannot say so
 */
export async function putAway(deps: Deps, owner: string, by: By): Promise<void> {
  const untold = [...(await shutOut(deps, owner))].map(([machine, { message }]) => `${machine}: ${message}`);
  if (untold.length > 0) throw notHealed(owner, untold);
  await healOwner(deps, owner, by);
  const ledgers = await Promise.all(brokenMachines(deps.fleet).map((machine) => ledgerOf(deps, machine).list()));
  const left = ledgers.flat().filter(({ lease }) => lease?.owner === owner);
  if (left.length > 0)
    throw notHealed(
      owner,
      left.map(({ lease }) => `\`${lease?.summary}\` was broken meanwhile`),
    );
}

const notHealed = (owner: string, problems: string[]) =>
  failure('HealFailed', `Not everything of ${owner} is healed: ${problems.join('; ')}`);

/** Heals the faults of runs that are gone, on one machine. @returns one line a fault. */
export async function sweepMachine(deps: Deps, machine: string): Promise<string[]> {
  const ledger = ledgerOf(deps, machine);
  const brake = brakeOn(deps);
  if (brake) return sweepBraked(ledger, machine, brake);
  const leased = (await ledger.list()).flatMap((entry) => (entry.state === 'leased' ? [entry.lease.owner] : []));
  const lines: string[] = [];
  for (const owner of new Set(leased)) {
    if (await isAlive(deps.temporal, owner)) continue;
    for (const reply of await ledger.heal({ owner }, 'sweep')) {
      lines.push(`${machine}: ${lineOf(reply)}`);
    }
  }
  return lines;
}

/** A machine may have missed the brake, and what was on its way there then: it is put on, and nothing is spared. */
async function sweepBraked(ledger: Leases, machine: string, brake: Brake): Promise<string[]> {
  const { healed, unbraked } = await brakeMachine(ledger, brake, 'sweep');
  const lines = healed.map((reply) => `${machine}: ${lineOf(reply)}`);
  return unbraked === undefined ? lines : [...lines, `${machine}: not braked: ${unbraked}`];
}

/** At the start of a worker: every machine that can be reached; the others heal by their leases. */
export async function sweepLeftovers(deps: Deps): Promise<string[]> {
  const machines = brokenMachines(deps.fleet);
  const swept = await Promise.allSettled(machines.map((machine) => sweepMachine(deps, machine)));
  return swept.flatMap((outcome, n) =>
    outcome.status === 'fulfilled'
      ? outcome.value
      : [`${machines[n]} could not be swept: ${(outcome.reason as Error).message}`],
  );
}

/** One heal for people: what it was, and who healed it. */
export function lineOf(reply: HealReply): string {
  const what = reply.state === 'unknown' ? 'a lease that is gone' : (reply.lease?.summary ?? reply.key);
  if (reply.state === 'healed') return `${what} healed by ${reply.by} at ${reply.at}`;
  return `${what} ${reply.state === 'stands' ? `still stands: ${reply.evidence}` : reply.state}`;
}
