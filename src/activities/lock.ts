import { Context } from '@temporalio/activity';
import { WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { LockObstacle, LockReply, LockRequest, LockState } from '../contract/fleet-lock.ts';
import { LOCK_ACQUIRE, LOCK_HOLDERS, LOCK_RELEASE, LOCK_WORKFLOW, lockIdOf, replyTo } from '../contract/fleet-lock.ts';
import { TASK_QUEUE } from '../contract/names.ts';
import { ownerOf } from '../contract/run.ts';
import type { Locked, Steps } from '../contract/steps.ts';
import type { Deps } from './deps.ts';
import { beating } from './heartbeat.ts';
import { isAlive, workflowIdOf } from './owners.ts';
import { putAway } from './sweep.ts';

/** Between two looks at the line; looks are queries, which cost the lock no history. */
const SHORTEST_LOOK_MS = 300;
const LONGEST_LOOK_MS = 2_000;
/** Between two looks whether those ahead still live. */
const ALIVE_MS = 3_000;

/**
 * Stands in the line of the fleet's lock. Returns when it is granted, or when it waits for something else than `seen`.
 * Somebody ahead whose run is gone is healed first, and then loses what it held.
 */
export const lock = (deps: Deps): Steps['lock'] =>
  async function lock({ run, exclusive, shared, seen }) {
    return beating(() => stand(deps, { owner: ownerOf(run), exclusive, shared, gone: [] }, seen));
  };

export const unlock = (deps: Deps): Steps['unlock'] =>
  async function unlock({ run }) {
    try {
      await deps.temporal.workflow.getHandle(lockIdOf(deps.fleet.name)).signal(LOCK_RELEASE, ownerOf(run));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  };

async function stand(deps: Deps, request: LockRequest, seen: string | undefined): Promise<Locked> {
  let reply = await ask(deps, request);
  let [pauseMs, askAliveAt, trouble] = [SHORTEST_LOOK_MS, 0, ''];
  for (;;) {
    if (reply.granted) return { token: reply.token };
    if (Date.now() >= askAliveAt) {
      const dead = await healDead(deps, reply.ahead);
      trouble = dead.trouble;
      askAliveAt = Date.now() + ALIVE_MS;
      if (dead.healed.length > 0) reply = await ask(deps, { ...request, gone: dead.healed });
      if (reply.granted) continue;
    }
    const waitsFor = lineOf(reply.ahead) + trouble;
    Context.current().heartbeat(waitsFor);
    if (waitsFor !== seen) return { waitsFor };
    await Context.current().sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 1.3, LONGEST_LOOK_MS);
    reply = (await look(deps, request.owner)) ?? (await ask(deps, request));
  }
}

/** Those ahead whose runs are gone and who have left nothing broken. One that cannot be healed keeps its locks, and everybody waiting. */
async function healDead(deps: Deps, ahead: LockObstacle[]): Promise<{ healed: string[]; trouble: string }> {
  const healed: string[] = [];
  let trouble = '';
  for (const { owner, holds } of ahead) {
    if (await isAlive(deps.temporal, owner)) continue;
    try {
      if (holds) await putAway(deps, owner, 'sweep');
      healed.push(owner);
    } catch (error) {
      trouble = `; its run is gone, and what it broke still stands: ${(error as Error).message}`;
    }
  }
  return { healed, trouble };
}

async function ask(deps: Deps, request: LockRequest): Promise<LockReply> {
  const startWorkflowOperation = new WithStartWorkflowOperation(LOCK_WORKFLOW, {
    workflowId: lockIdOf(deps.fleet.name),
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

/** Undefined: the lock does not know the owner any more, as when somebody ended the lock. */
async function look(deps: Deps, owner: string): Promise<LockReply | undefined> {
  try {
    const state = await deps.temporal.workflow.getHandle(lockIdOf(deps.fleet.name)).query<LockState>(LOCK_HOLDERS);
    return replyTo(state, owner);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** `relay-1, held by mr_01-…; 2 more are ahead`. */
function lineOf([first, ...more]: LockObstacle[]): string {
  if (!first) return 'its turn';
  const how = first.holds ? 'held' : 'waited for before';
  const others = more.length === 0 ? '' : `; ${more.length} more ${more.length === 1 ? 'is' : 'are'} ahead`;
  return `\`${first.wanted}\`, ${how} by ${workflowIdOf(first.owner)}${others}`;
}
