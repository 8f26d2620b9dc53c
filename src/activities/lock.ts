import { WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { LockReply, LockRequest } from '../contract/fleet-lock.ts';
import { LOCK_ACQUIRE, LOCK_RELEASE, LOCK_WORKFLOW } from '../contract/fleet-lock.ts';
import { TASK_QUEUE } from '../contract/names.ts';
import { ownerOf } from '../contract/run.ts';
import type { Steps } from '../contract/steps.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { isAlive } from './owners.ts';
import { healOwner } from './sweep.ts';

const lockId = (deps: Deps): string => `fleet-lock/${deps.fleet.name}`;

/** All or nothing. A holder whose run is gone is healed first, and loses what it held. */
export const lock = (deps: Deps): Steps['lock'] =>
  async function lock({ run, exclusive, shared }) {
    const request: LockRequest = { owner: ownerOf(run), exclusive, shared, gone: [] };
    for (;;) {
      const reply = await ask(deps, request);
      if (reply.granted) return;
      const { owner } = reply.holder;
      if (request.gone.includes(owner) || (await isAlive(deps.temporal, owner))) throw busy(reply);
      await healOwner(deps, owner, 'sweep');
      request.gone.push(owner);
    }
  };

export const unlock = (deps: Deps): Steps['unlock'] =>
  async function unlock({ run }) {
    try {
      await deps.temporal.workflow.getHandle(lockId(deps)).signal(LOCK_RELEASE, ownerOf(run));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };

async function ask(deps: Deps, request: LockRequest): Promise<LockReply> {
  const startWorkflowOperation = new WithStartWorkflowOperation(LOCK_WORKFLOW, {
    workflowId: lockId(deps),
    taskQueue: TASK_QUEUE,
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Who holds what of the fleet ${deps.fleet.name}`,
    args: [],
  });
  return deps.temporal.workflow.executeUpdateWithStart<Workflow, LockReply, [LockRequest]>(LOCK_ACQUIRE, {
    startWorkflowOperation,
    args: [request],
  });
}

function busy({ holder, wanted }: LockReply & { granted: false }) {
  const workflowId = holder.owner.slice(0, holder.owner.lastIndexOf('/'));
  return failure(
    'TargetBusy',
    `\`${wanted}\` is held by the run \`${workflowId}\` (it breaks ${holder.exclusive.join(', ') || 'nothing'}). ` +
      `Wait for it, or end it: \`0k-chaos abort ${workflowId}\`.`,
  );
}
