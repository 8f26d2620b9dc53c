import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  workflowInfo,
} from '@temporalio/workflow';
import {
  acquire,
  LOCK_ACQUIRE,
  LOCK_HOLDERS,
  LOCK_RELEASE,
  type LockReply,
  type LockRequest,
  type LockState,
} from '../contract/fleet-lock.ts';

/** One a fleet: grants what runs break (exclusive) and rely on (shared), so that no verdict is spoilt by another run. */
export async function fleetLock(state: LockState = { holders: [], lastToken: 0 }): Promise<void> {
  setHandler(defineUpdate<LockReply, [LockRequest]>(LOCK_ACQUIRE), (request) => {
    const reply = acquire(state, request);
    show(state);
    return reply;
  });
  setHandler(defineSignal<[string]>(LOCK_RELEASE), (owner) => {
    state.holders = state.holders.filter((holder) => holder.owner !== owner);
    show(state);
  });
  setHandler(defineQuery<LockState>(LOCK_HOLDERS), () => state, { description: 'Who holds what' });
  show(state);

  await condition(() => workflowInfo().continueAsNewSuggested && allHandlersFinished());
  await continueAsNew<typeof fleetLock>(state);
}

function show({ holders }: LockState): void {
  const rows = holders.map(
    ({ owner, exclusive, shared }) => `| ${owner} | ${exclusive.join(', ')} | ${shared.join(', ')} |`,
  );
  setCurrentDetails(['| run | breaks | relies on |', '| --- | --- | --- |', ...rows].join('\n'));
}

setWorkflowOptions({ failureExceptionTypes: [Error] }, fleetLock);
