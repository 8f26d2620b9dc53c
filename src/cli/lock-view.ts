import { isAlive } from '../activities/owners.ts';
import type { Config } from '../config.ts';
import { LOCK_HOLDERS, lockIdOf, type LockHolder, type LockState, type LockWaiter } from '../contract/fleet-lock.ts';
import { EXIT } from '../report/exit-code.ts';
import { CliError } from './errors.ts';
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

/** @throws CliError where the lock's id is taken by something that is none */
export async function stateOf({ client }: Link, { fleet }: Config): Promise<LockState> {
  const id = lockIdOf(fleet.name);
  const handle = client.workflow.getHandle(id);
  try {
    const state = await handle.query<LockState | null>(LOCK_HOLDERS);
    if (Array.isArray(state?.holders) && Array.isArray(state.waiting)) return state;
  } catch (error) {
    const { name } = error as Error;
    // Nobody has locked anything yet.
    if (name === 'WorkflowNotFoundError') return NOTHING;
    if (name !== 'QueryNotRegisteredError') throw error;
  }
  // The next run starts a lock in its place.
  if ((await handle.describe()).status.name !== 'RUNNING') return NOTHING;
  const way = `\`temporal workflow terminate --workflow-id ${id}\` ends it, and the next run starts the lock anew`;
  throw new CliError(
    'GroundFailed',
    `the workflow \`${id}\` does not answer as a lock does: ${way}`,
    EXIT.inconclusive,
  );
}

const NOTHING: LockState = { holders: [], waiting: [], lastToken: 0 };

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
