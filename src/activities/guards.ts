import { healsByLease, type FaultSpec } from '../contract/fault-spec.ts';
import { interfaceProblem } from '../fleet/guard-rules.ts';
import type { Fleet } from '../fleet/schema.ts';
import { brokenMachines, resolveTarget } from '../fleet/select.ts';
import { Semaphore } from '../hosts/semaphore.ts';
import { refuseWhenBraked } from './brake.ts';
import type { Deps } from './deps.ts';
import { refuseByGuards } from './door.ts';
import { failure } from './failures.ts';
import { ledgerOf } from './leases.ts';
import type { Resolved } from './resolve.ts';
import { deviceTowards } from './resolve-machine.ts';

/** Between two that count the faults of the fleet; looking at a machine that is gone takes its time. */
const COUNT_TIMEOUT_MS = 120_000;

/** One fault that is about to be put in place. */
interface Wanted {
  id: string;
  spec: FaultSpec;
  resolved: Resolved;
  leaseSeconds: number;
}

/** The last word before a fault is armed, whoever asks for it: a run, a person, the ground. @throws Braked, BadInput, GroundFailed */
export async function guarded<T>(deps: Deps, wanted: Wanted, arm: () => Promise<T>): Promise<T> {
  const { spec, resolved, leaseSeconds } = wanted;
  refuseByGuards(deps.fleet, [spec.target], leaseSeconds);
  const problem = await throughInterfaces(deps, spec, resolved);
  if (problem !== undefined) throw failure('BadInput', `${problem}. Nothing was touched.`);
  return oneOfMost(deps, wanted, () => {
    // As late as can be: all that took its time. The machine asks its own file as well.
    refuseWhenBraked(deps);
    return arm();
  });
}

/** Interfaces of a machine only: those of a container are nobody else's. */
async function throughInterfaces(deps: Deps, spec: FaultSpec, resolved: Resolved): Promise<string | undefined> {
  const { machine, params } = resolved;
  if (!Object.hasOwn(deps.fleet.guards?.never.interfaces ?? {}, machine)) return undefined;
  if (resolveTarget(deps.fleet, spec.target).kind !== 'machine') return undefined;
  switch (spec.kind) {
    case 'container':
      return undefined;
    case 'netem':
      return interfaceProblem(deps.fleet, machine, [String(params['dev'])]);
    case 'partition':
      return interfaceProblem(deps.fleet, machine, await cutDevices(deps, machine, spec.from));
  }
}

const cutDevices = async (deps: Deps, machine: string, from: 'all' | string[]): Promise<'all' | string[]> =>
  from === 'all' ? from : Promise.all(from.map((name) => deviceTowards(deps, machine, name)));

const counting = new WeakMap<Fleet, Semaphore>();

/** Counts what stands on all machines, and arms before anybody else of this process counts; then what others armed meanwhile. */
async function oneOfMost<T>(deps: Deps, wanted: Wanted, arm: () => Promise<T>): Promise<T> {
  const most = deps.fleet.guards?.mostFaults;
  if (most === undefined) return arm();
  const turns = counting.get(deps.fleet) ?? new Semaphore(1);
  counting.set(deps.fleet, turns);
  const release = await turns.acquire({ timeoutMs: COUNT_TIMEOUT_MS });
  if (typeof release === 'string') throw failure('CommandFailed', 'The faults of the fleet were not counted in time.');
  const { machine } = wanted.resolved;
  const all = brokenMachines(deps.fleet);
  // A machine that has just cut itself off tells nothing.
  const talking = healsByLease(wanted.spec) ? all.filter((name) => name !== machine) : all;
  try {
    const before = await standingFaults(deps, wanted.id, all);
    if (before.length >= most) throw tooMany(most, before, 'Nothing was touched.');
    const reply = await arm();
    const after = await standingFaults(deps, wanted.id, talking);
    if (after.length < most) return reply;
    await ledgerOf(deps, machine).heal({ ids: [wanted.id] }, 'frame');
    throw tooMany(most, after, 'Somebody else armed at the same time: this one is healed again.');
  } finally {
    release();
  }
}

function tooMany(most: number, standing: string[], so: string) {
  const what = standing.map((summary) => `\`${summary}\``).join(', ');
  return failure(
    'GroundFailed',
    `\`guards.mostFaults\` of the fleet file is ${most}, and so many stand: ${what}. ${so} See \`0k-chaos faults\`.`,
  );
}

/** All but the fault itself, which an earlier attempt may have armed. @throws where a machine does not tell */
async function standingFaults(deps: Deps, id: string, machines: string[]): Promise<string[]> {
  const ledgers = machines.map((machine) => ledgerOf(deps, machine).list());
  return (await Promise.all(ledgers)).flat().flatMap((entry) => {
    if (entry.state === 'junk') return [`a damaged entry: ${entry.evidence}`];
    return entry.lease.id === id ? [] : [entry.lease.summary];
  });
}
