import { isAlive } from '../activities/owners.ts';
import type { Config } from '../config.ts';
import { LOCK_HOLDERS, lockIdOf, type LockHolder, type LockState, type LockWaiter } from '../contract/fleet-lock.ts';
import { withLedgers } from './ledgers.ts';
import type { Link } from './temporal.ts';

/** The lock of a fleet, as Temporal and the machines know it. */
export interface LockView {
  holders: (LockHolder & { isAlive: boolean; broken: { machine: string; summary: string }[] })[];
  /** In the order in which they asked. */
  waiting: (LockWaiter & { isAlive: boolean })[];
  lastToken: number;
  /** Machines that did not say what is broken on them. */
  unreachable: { machine: string; message: string }[];
}

export async function stateOf({ client }: Link, { fleet }: Config): Promise<LockState> {
  try {
    return await client.workflow.getHandle(lockIdOf(fleet.name)).query<LockState>(LOCK_HOLDERS);
  } catch (error) {
    // Nobody has locked anything yet.
    if ((error as Error).name !== 'WorkflowNotFoundError') throw error;
    return { holders: [], waiting: [], lastToken: 0 };
  }
}

export async function viewOf(link: Link, config: Config): Promise<LockView> {
  const { holders, waiting, lastToken } = await stateOf(link, config);
  const living = async <T extends { owner: string }>(claim: T) => ({
    ...claim,
    isAlive: await isAlive(link.client, claim.owner),
  });
  const asked =
    holders.length === 0 ? [] : await withLedgers(config, (ledgers) => ledgers.each((ledger) => ledger.list()));
  const brokenBy = (owner: string) =>
    asked.flatMap(({ machine, value = [] }) =>
      value.flatMap(({ lease }) => (lease?.owner === owner ? [{ machine, summary: lease.summary }] : [])),
    );
  return {
    holders: (await Promise.all(holders.map(living))).map((one) => ({ ...one, broken: brokenBy(one.owner) })),
    waiting: await Promise.all(waiting.map(living)),
    lastToken,
    unreachable: asked.flatMap(({ machine, error: message }) => (message === undefined ? [] : [{ machine, message }])),
  };
}
