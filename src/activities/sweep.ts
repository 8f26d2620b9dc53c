import { brokenMachines } from '../fleet/select.ts';
import type { Brake } from '../contract/brake.ts';
import type { SweepResult, Unreachable } from '../contract/sweep.ts';
import type { HealReply, Leases, ListReply } from '../hosts/lease.ts';
import { brakeMachine, brakeOn } from './brake.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { shutOut } from './fences.ts';
import { few } from './few.ts';
import { inTime } from './in-time.ts';
import { ledgerOf } from './leases.ts';
import { stateOf, type OwnerState } from './owners.ts';
import { tidyClients } from './run-folders.ts';

type By = 'frame' | 'hold' | 'sweep' | 'hand';
type Leased = ListReply & { state: 'leased' };

/** What became of the leases of one machine, one line each. */
export type Swept = Pick<SweepResult, 'healed' | 'stands' | 'left'>;

/** Heals every fault of one run, on every machine, side by side. @throws HealFailed while anything of it stands. */
export async function healOwner(deps: Deps, owner: string, by: By): Promise<HealReply[]> {
  const machines = brokenMachines(deps.fleet);
  const outcomes = await Promise.allSettled(machines.map((machine) => ledgerOf(deps, machine).heal({ owner }, by)));
  const problems = outcomes.flatMap((outcome, n) =>
    outcome.status === 'rejected'
      ? [`${machines[n]}: ${(outcome.reason as Error).message}`]
      : outcome.value.filter(({ state }) => state === 'stands').map((reply) => `${machines[n]}: ${lineOf(reply)}`),
  );
  for (const [n, outcome] of outcomes.entries())
    if (outcome.status === 'fulfilled') deps.measures?.mended(machines[n] ?? '', idsHealed(outcome.value));
  if (problems.length > 0) throw notHealed(owner, problems);
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
}

/**
 * Before somebody else is granted what a run held that is gone: nothing of it can come any more, and nothing of it is in the ledger of
 * any machine. @throws HealFailed while one machine cannot say so
 */
export async function putAway(deps: Deps, owner: string, by: By): Promise<void> {
  const untold = [...(await shutOut(deps, owner))].map(([machine, { message }]) => `${machine}: ${message}`);
  await healOwner(deps, owner, by);
  if (untold.length > 0) throw notHealed(owner, untold);
  const ledgers = await Promise.all(brokenMachines(deps.fleet).map((machine) => ledgerOf(deps, machine).list()));
  const left = ledgers.flat().filter(({ lease }) => lease?.owner === owner);
  if (left.length > 0)
    throw notHealed(
      owner,
      left.map(({ lease }) => `\`${lease?.summary}\` was broken meanwhile`),
    );
}

const notHealed = (owner: string, problems: string[]) =>
  failure('HealFailed', `Not everything of ${owner} is healed: ${few(problems).join('; ')}`);

/**
 * Heals what has no living owner, on one machine. What this Temporal does not know, such as a fault by hand, is healed only when
 * its time is over: until then somebody holds it. @throws where the machine does not answer.
 */
export async function sweepMachine(deps: Deps, machine: string): Promise<Swept> {
  const { healed, stands, left } = await inTime(machine, (signal) => sweepLedger(deps, machine, signal));
  return { healed: few(healed), stands: few(stands), left: few(left) };
}

async function sweepLedger(deps: Deps, machine: string, signal: AbortSignal): Promise<Swept> {
  const ledger = ledgerOf(deps, machine);
  const brake = brakeOn(deps);
  if (brake) return sweepBraked(ledger, machine, brake);
  const leased = (await ledger.list()).filter((entry): entry is Leased => entry.state === 'leased');
  deps.measures?.read(
    machine,
    leased.map(({ lease }) => lease.id),
  );
  const swept: Swept = { healed: [], stands: [], left: [] };
  for (const owner of new Set(leased.map(({ lease }) => lease.owner))) {
    signal.throwIfAborted();
    const mine = leased.filter(({ lease }) => lease.owner === owner);
    const state = await stateOf(deps.temporal, owner).catch((error: Error) => error);
    if (state === 'alive') continue;
    const over = mine.filter((entry) => state === 'ended' || (state === 'unknown' && isOver(entry)));
    swept.left.push(...mine.filter((entry) => !over.includes(entry)).map((entry) => leftLine(machine, entry, state)));
    if (over.length === 0) continue;
    // By owner: a run that has ended may have armed another one since the list was read.
    const whose = state === 'ended' ? { owner } : { ids: over.map(({ lease }) => lease.id) };
    const replies = await ledger.heal(whose, 'sweep');
    deps.measures?.mended(machine, idsHealed(replies));
    const { healed, stands } = sorted(machine, replies);
    swept.healed.push(...healed);
    swept.stands.push(...stands);
  }
  return swept;
}

/** A machine may have missed the brake, and what was on its way there then: it is put on, and nothing is spared. */
async function sweepBraked(ledger: Leases, machine: string, brake: Brake): Promise<Swept> {
  const { healed, unbraked } = await brakeMachine(ledger, brake, 'sweep');
  const swept = sorted(machine, healed);
  if (unbraked !== undefined) swept.stands.push(`${machine}: not braked: ${unbraked}`);
  return swept;
}

function sorted(machine: string, replies: HealReply[]): Swept {
  const isHealed = ({ state }: HealReply): boolean => state === 'healed' || state === 'unknown';
  const line = (reply: HealReply): string => `${machine}: ${lineOf(reply)}`;
  return {
    healed: replies.filter(isHealed).map(line),
    stands: replies.filter((reply) => !isHealed(reply)).map(line),
    left: [],
  };
}

const idsHealed = (replies: HealReply[]): string[] =>
  replies.flatMap(({ state, lease }) => (state === 'healed' && lease ? [lease.id] : []));

/** Its deadline has passed, or its machine was booted since. */
const isOver = ({ seconds, thisBoot }: Leased): boolean => seconds <= 0 || !thisBoot;

function leftLine(machine: string, { lease, seconds }: Leased, state: OwnerState | Error): string {
  const what = `${machine} carries \`${lease.summary}\` of ${lease.owner}`;
  if (state instanceof Error)
    return `${what}: left alone, as Temporal cannot be asked whether that lives (${state.message})`;
  return `${what}, which is no run of this Temporal: it ends by itself in ${seconds} s, or by \`0k-chaos heal ${lease.id}\``;
}

/** Every machine of the fleet, side by side, and then the clients on those that answered. `previous`: since when a machine was out of reach is taken from there. */
export async function sweepFleet(deps: Deps, previous?: SweepResult): Promise<SweepResult> {
  const machines = brokenMachines(deps.fleet);
  const outcomes = await Promise.allSettled(machines.map((machine) => sweepMachine(deps, machine)));
  const result: SweepResult = {
    ...{ fleet: deps.fleet.name, swept: [], healed: [], stands: [], left: [], unreachable: [], tidied: [] },
  };
  for (const [n, outcome] of outcomes.entries()) {
    const machine = machines[n] ?? '';
    if (outcome.status === 'rejected') {
      result.unreachable.push(missed(machine, outcome.reason as Error, previous));
      continue;
    }
    result.swept.push(machine);
    for (const kind of ['healed', 'stands', 'left'] as const) result[kind].push(...outcome.value[kind]);
  }
  const away = new Set(result.unreachable.map(({ machine }) => machine));
  const clients = Object.keys(deps.fleet.clients).filter((name) => !away.has(deps.fleet.clients[name]?.machine ?? ''));
  const { tidied, left } = await tidyClients(deps, clients);
  result.left.push(...left);
  result.tidied.push(...tidied);
  return result;
}

function missed(machine: string, { message }: Error, previous: SweepResult | undefined): Unreachable {
  const before = previous?.unreachable.find((one) => one.machine === machine);
  return { machine, since: before?.since ?? new Date().toISOString(), message };
}

/** One heal for people: what it was, and who healed it. */
export function lineOf(reply: HealReply): string {
  const what = reply.state === 'unknown' ? 'a lease that is gone' : (reply.lease?.summary ?? reply.key);
  if (reply.state === 'healed') return `${what} healed by ${reply.by} at ${reply.at}`;
  return `${what} ${reply.state === 'stands' ? `still stands: ${reply.evidence}` : reply.state}`;
}
