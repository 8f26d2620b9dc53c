import { brokenMachines } from '../fleet/select.ts';
import { WorkflowNotFoundError } from '@temporalio/client';
import { HIGHEST_SEEN, LOCK_HOLDERS, LOCK_RAISE, lockIdOf } from '../contract/fleet-lock.ts';
import type { Fence, LockState } from '../contract/fleet-lock.ts';
import { keyOf } from '../hosts/lease-script.ts';
import type { Leases } from '../hosts/lease.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { ledgerOf } from './leases.ts';

const FENCES = '/var/lib/0k-chaos/fences';

/** Machines that could not be told, and why. */
type Untold = Map<string, Error>;

/**
 * Before a run breaks anything: whoever held this before cannot come back. A machine may have seen a higher token than this run's:
 * then the lock says whether it still holds, and gives it a higher one. @throws TargetBusy
 */
export async function fenceOff(deps: Deps, owner: string, fence: Fence): Promise<{ token: number; untold: Untold }> {
  const { highest, untold } = await raiseFences(deps, fence);
  if (highest <= fence.token) return { token: fence.token, untold };
  const token = await tokenAbove(deps, owner, highest);
  return { token, untold: (await raiseFences(deps, { ...fence, token })).untold };
}

/**
 * From now on `owner` breaks nothing any more, whatever is still on its way: for runs that are over or gone, before they are healed.
 * Tells nobody where the lock does not know the owner.
 */
export async function shutOut(deps: Deps, owner: string): Promise<Untold> {
  const held = await heldBy(deps, owner);
  if (held === undefined) return new Map();
  // Nobody is granted the same before it is given back, so that whoever comes next has at least this token.
  return (await raiseFences(deps, { resources: held.resources, token: held.token + 1 })).untold;
}

/** On every machine, side by side: nobody with a lower token breaks any of these. `highest`: that a machine has seen. */
async function raiseFences(deps: Deps, fence: Fence): Promise<{ highest: number; untold: Untold }> {
  const untold: Untold = new Map();
  if (fence.resources.length === 0) return { highest: 0, untold };
  const heights = brokenMachines(deps.fleet).map(async (machine) => {
    try {
      return await raiseOn(ledgerOf(deps, machine), fence);
    } catch (error) {
      untold.set(machine, error as Error);
      return 0;
    }
  });
  return { highest: Math.max(0, ...(await Promise.all(heights))), untold };
}

/** @throws where the machine does not say of each resource that its fence stands at least so high */
async function raiseOn(ledger: Leases, fence: Fence): Promise<number> {
  const replies = await ledger.fence(fence);
  const raised = replies.filter((reply) => reply.state === 'raised').filter((reply) => reply.fence >= fence.token);
  // Believed, it would be the lock's next token, and soon no machine could be told one.
  const made = raised.find((reply) => !Number.isSafeInteger(reply.fence) || reply.fence >= HIGHEST_SEEN);
  if (made)
    throw new Error(`it says that it has seen the token ${made.fence}, which no lock gave: see ${FENCES} there`);
  const keys = new Set(raised.map(({ key }) => key));
  const open = fence.resources.filter((name) => !keys.has(keyOf(name)));
  if (open.length === 0) return Math.max(0, ...raised.map((reply) => reply.fence));
  const evidence = replies.flatMap((reply) => (reply.state === 'unraised' ? [reply.evidence] : []));
  const why = evidence[0] ?? 'the machine does not say that it keeps them out';
  throw new Error(`nobody could be kept from breaking ${open.join(', ')} there: ${why}`);
}

async function tokenAbove({ temporal, fleet }: Deps, owner: string, floor: number): Promise<number> {
  const lock = temporal.workflow.getHandle(lockIdOf(fleet.name));
  const token = await known(() =>
    lock.executeUpdate<number | null, [string, number]>(LOCK_RAISE, { args: [owner, floor] }),
  );
  if (typeof token === 'number') return token;
  throw failure(
    'TargetBusy',
    'This run has lost what it had locked, and somebody else was granted it since: nothing was broken. See `0k-chaos locks`.',
  );
}

/** Undefined: nothing, as when somebody has taken it away. */
export async function heldBy({ temporal, fleet }: Deps, owner: string): Promise<Fence | undefined> {
  const lock = temporal.workflow.getHandle(lockIdOf(fleet.name));
  const state = await known(() => lock.query<LockState>(LOCK_HOLDERS));
  const holder = state?.holders.find((one) => one.owner === owner);
  return holder && { token: holder.token, resources: holder.exclusive };
}

/** Undefined where there is no lock, as when somebody ended it. */
async function known<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
