/** What one run wants of the fleet; `owner` is its `<workflowId>/<runId>`. */
export interface LockClaim {
  owner: string;
  /** What it breaks. */
  exclusive: string[];
  /** What it relies on. */
  shared: string[];
}

/** What a run has to itself, and the token it was granted by. Machines refuse whoever comes with a lower one than they have seen. */
export interface Fence {
  token: number;
  resources: string[];
}

export interface LockRequest extends LockClaim {
  /** Owners whose run is gone and whose faults the caller has healed: they lose what they hold, and their place in the line. */
  gone: string[];
}

export interface LockHolder extends LockClaim {
  /** Higher with every grant; the first one of a lock is the time at which it was started, in ms. */
  token: number;
  /** ISO 8601. */
  since?: string;
}

export interface LockWaiter extends LockClaim {
  /** ISO 8601. */
  since?: string;
}

/** Somebody who comes first: a holder, or one who asked before. */
export interface LockObstacle extends LockClaim {
  /** The first resource that both want. */
  wanted: string;
  holds: boolean;
}

export type LockReply = { granted: true; token: number } | { granted: false; ahead: LockObstacle[] };

/**
 * Locks begin at their time in ms: no token of our times is as high (in ms, the year 2286), whatever a machine says it has seen.
 * Machines take no higher one (`token_like` in lease-fence.sh): they would believe it for good, and nobody could come after it.
 */
export const HIGHEST_SEEN = 9_999_999_999_999;

export const LOCK_WORKFLOW = 'fleetLock';
export const LOCK_ACQUIRE = 'acquire';
export const LOCK_RAISE = 'raise';
export const LOCK_RELEASE = 'release';
export const LOCK_HOLDERS = 'holders';

export const lockIdOf = (fleet: string): string => `fleet-lock/${fleet}`;
export const isLockId = (workflowId: string): boolean =>
  workflowId.length > lockIdOf('').length && workflowId.startsWith(lockIdOf(''));

export interface LockState {
  holders: LockHolder[];
  /** In the order in which they asked. */
  waiting: LockWaiter[];
  lastToken: number;
}

/** What a run takes: what it breaks for itself alone, the rest of the fleet's relays and clients with others who break none of it. */
export const claimOf = (breaks: string[], reliesOn: string[]): Pick<LockClaim, 'exclusive' | 'shared'> => ({
  exclusive: breaks,
  shared: reliesOn.filter((name) => !breaks.includes(name)),
});

/** Pure: grants everything, or nothing and a place in the line. Asking again changes neither a grant nor the place. */
export function acquire(state: LockState, request: LockRequest, now?: string): LockReply {
  drop(state, request.gone);
  const { owner, exclusive, shared } = request;
  if (![...state.holders, ...state.waiting].some((claim) => claim.owner === owner)) {
    state.waiting.push({ owner, exclusive, shared, ...(now === undefined ? {} : { since: now }) });
  }
  grantWhatIsFree(state, now);
  return replyTo(state, owner) as LockReply;
}

/** Pure: an owner gives back what it holds, or leaves the line; who waited for that is granted. */
export function release(state: LockState, owner: string, now?: string): void {
  drop(state, [owner]);
  grantWhatIsFree(state, now);
}

/**
 * Pure: a machine has seen the token `floor`, higher than the holder's, as when the same fleet is also broken from elsewhere, or the
 * lock was ended and a clock turned back: the holder gets a higher one. Undefined: holds nothing, and gets nothing.
 */
export function raiseToken(state: LockState, owner: string, floor: number): number | undefined {
  const holder = state.holders.find((one) => one.owner === owner);
  if (holder && holder.token < floor) {
    state.lastToken = Math.max(state.lastToken, floor) + 1;
    holder.token = state.lastToken;
  }
  return holder?.token;
}

/** How a request stands; undefined: nobody of that name holds or waits. */
export function replyTo({ holders, waiting }: LockState, owner: string): LockReply | undefined {
  const mine = holders.find((holder) => holder.owner === owner);
  if (mine) return { granted: true, token: mine.token };
  const place = waiting.findIndex((waiter) => waiter.owner === owner);
  const claim = waiting[place];
  if (!claim) return undefined;
  return {
    granted: false,
    ahead: [...obstacles(claim, holders, true), ...obstacles(claim, waiting.slice(0, place), false)],
  };
}

/** First come, first served among those who collide: who waits is in the way of everybody later who wants the same. */
function grantWhatIsFree(state: LockState, now: string | undefined): void {
  const before: LockClaim[] = [...state.holders];
  const still: LockWaiter[] = [];
  for (const { since, ...claim } of state.waiting) {
    if (before.some((other) => collision(claim, other) !== undefined)) {
      still.push({ ...claim, ...(since === undefined ? {} : { since }) });
    } else {
      state.lastToken += 1;
      state.holders.push({ ...claim, token: state.lastToken, ...(now === undefined ? {} : { since: now }) });
    }
    before.push(claim);
  }
  state.waiting = still;
}

function drop(state: LockState, owners: string[]): void {
  const stays = ({ owner }: LockClaim): boolean => !owners.includes(owner);
  state.holders = state.holders.filter(stays);
  state.waiting = state.waiting.filter(stays);
}

const obstacles = (claim: LockClaim, others: LockClaim[], holds: boolean): LockObstacle[] =>
  others.flatMap((other) => {
    const wanted = collision(claim, other);
    const { owner, exclusive, shared } = other;
    return wanted === undefined ? [] : [{ owner, exclusive, shared, wanted, holds }];
  });

/** The first resource that both want and at least one of them for itself alone. */
export function collision(
  claim: Pick<LockClaim, 'exclusive' | 'shared'>,
  other: Pick<LockClaim, 'exclusive' | 'shared'>,
): string | undefined {
  return (
    claim.exclusive.find((name) => other.exclusive.includes(name) || other.shared.includes(name)) ??
    claim.shared.find((name) => other.exclusive.includes(name))
  );
}
