/** Who holds what: `<workflowId>/<runId>` of a run, and the fleet's resources it breaks or relies on. */
export interface LockRequest {
  owner: string;
  exclusive: string[];
  shared: string[];
  /** Holders whose run is gone and whose faults the caller has healed: they lose what they held. */
  gone: string[];
}

export interface LockHolder {
  owner: string;
  exclusive: string[];
  shared: string[];
  /** Grows with every grant. */
  token: number;
}

export type LockReply = { granted: true; token: number } | { granted: false; holder: LockHolder; wanted: string };

export const LOCK_WORKFLOW = 'fleetLock';
export const LOCK_ACQUIRE = 'acquire';
export const LOCK_RELEASE = 'release';
export const LOCK_HOLDERS = 'holders';

export interface LockState {
  holders: LockHolder[];
  lastToken: number;
}

/** Pure: grants everything or nothing. Asking again for what one holds is granted again. */
export function acquire(state: LockState, request: LockRequest): LockReply {
  state.holders = state.holders.filter(({ owner }) => !request.gone.includes(owner));
  const mine = state.holders.find(({ owner }) => owner === request.owner);
  if (mine) return { granted: true, token: mine.token };

  for (const holder of state.holders) {
    const wanted = conflict(request, holder);
    if (wanted !== undefined) return { granted: false, holder, wanted };
  }
  state.lastToken += 1;
  const { owner, exclusive, shared } = request;
  state.holders.push({ owner, exclusive, shared, token: state.lastToken });
  return { granted: true, token: state.lastToken };
}

/** The first resource that both want and at least one of them exclusively. */
function conflict(request: LockRequest, holder: LockHolder): string | undefined {
  const theirs = [...holder.exclusive, ...holder.shared];
  return (
    request.exclusive.find((name) => theirs.includes(name)) ??
    request.shared.find((name) => holder.exclusive.includes(name))
  );
}
