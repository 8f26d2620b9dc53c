import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
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
  isLockId,
  LOCK_ACQUIRE,
  LOCK_HOLDERS,
  LOCK_RAISE,
  LOCK_RELEASE,
  lockIdOf,
  raiseToken,
  release,
  type LockReply,
  type LockRequest,
  type LockState,
} from '../contract/fleet-lock.ts';
import { refuseOddFloor, refuseOddRequest } from '../contract/lock-request.ts';
import { refuseCron } from './cron.ts';
import { isHandedOver } from './odd-input.ts';

/** One a fleet: grants what runs break (exclusive) and rely on (shared), first come first served, so that no verdict is spoilt by another run. */
export async function fleetLock(carried?: LockState): Promise<void> {
  refuseCron();
  // A lock that somebody ended is followed by one that starts later: its tokens are higher than all that machines have seen.
  const state: LockState = (isHandedOver() && carried) || { holders: [], waiting: [], lastToken: Date.now() };
  // One that is refused answers that nobody holds anything, to whoever asks it before the next one is started.
  setHandler(defineQuery<LockState>(LOCK_HOLDERS), () => state, { description: 'Who holds what, and who waits' });
  if (!isHandedOver()) refuseOddStart(carried);
  const onAcquire = (request: LockRequest) => {
    const reply = acquire(state, request, now());
    show(state);
    return reply;
  };
  const onRaise = (owner: string, floor: number) => {
    const token = raiseToken(state, owner, floor) ?? null;
    show(state);
    return token;
  };
  setHandler(defineUpdate<LockReply, [LockRequest]>(LOCK_ACQUIRE), onAcquire, { validator: refuseOddRequest });
  setHandler(defineUpdate<number | null, [string, number]>(LOCK_RAISE), onRaise, { validator: refuseOddFloor });
  setHandler(defineSignal<[string]>(LOCK_RELEASE), (owner) => {
    release(state, owner, now());
    show(state);
  });
  show(state);

  // Whoever cancels all that runs does not end what runs hold until they have healed.
  await CancellationScope.nonCancellable(() =>
    condition(() => workflowInfo().continueAsNewSuggested && allHandlersFinished()),
  );
  await continueAsNew<typeof fleetLock>(state);
}

/** Anybody may start one. What it believed of tokens, machines would too; under another id nobody would ask it. @throws BadInput */
function refuseOddStart(input: unknown): void {
  const { workflowId } = workflowInfo();
  if (!isLockId(workflowId))
    throw badInput(
      `The lock of a fleet has the id \`${lockIdOf('NAME')}\`, and not \`${workflowId}\`: runs start it themselves.`,
    );
  if (input !== undefined && input !== null)
    throw badInput('The lock of a fleet takes no input: runs start it themselves, and ask it by updates.');
}

const badInput = (message: string): ApplicationFailure => ApplicationFailure.nonRetryable(message, 'BadInput');

const now = (): string => new Date().toISOString();

/** A page of the UI holds 20 kB. */
const ROWS = 60;

function show({ holders, waiting }: LockState): void {
  const rows = [
    ...holders.map((holder) => ({ ...holder, state: `holds, token ${holder.token}` })),
    ...waiting.map((waiter, n) => ({ ...waiter, state: `waits, place ${n + 1}` })),
  ].map(
    ({ owner, exclusive, shared, state }) => `| ${owner} | ${exclusive.join(', ')} | ${shared.join(', ')} | ${state} |`,
  );
  setCurrentDetails(['| run | breaks | relies on | |', '| --- | --- | --- | --- |', ...rows.slice(0, ROWS)].join('\n'));
}

setWorkflowOptions({ failureExceptionTypes: [Error] }, fleetLock);
