import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { LOCK_ACQUIRE, LOCK_HOLDERS, LOCK_RELEASE, LOCK_WORKFLOW, lockIdOf } from '../../src/contract/fleet-lock.ts';
import type { LockReply, LockRequest, LockState } from '../../src/contract/fleet-lock.ts';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import { Contest, type LockPort } from '../contract/competition.ts';
import { competition } from '../contract/competitors.ts';
import { environment } from './environment.ts';

const RUNS = 200;

describe('200 runs that compete for the lock of a fleet', function () {
  this.timeout(180_000);
  let lock: WorkflowHandle;

  before(async () => {
    const { client } = await environment();
    lock = await client.workflow.start(LOCK_WORKFLOW, { taskQueue: TASK_QUEUE, workflowId: lockIdOf(randomUUID()) });
  });
  after(() => lock.terminate());

  const port: LockPort = {
    acquire: ({ owner, exclusive, shared, gone }) =>
      lock.executeUpdate<LockReply, [LockRequest]>(LOCK_ACQUIRE, { args: [{ owner, exclusive, shared, gone }] }),
    release: (owner) => lock.signal(LOCK_RELEASE, owner),
    state: () => lock.query<LockState>(LOCK_HOLDERS),
  };

  it('never hold the same, in the order of their coming, and break nothing late; its histories stay short', async () => {
    const { client } = await environment();
    const onTheWorkflow = fc.asyncProperty(competition(RUNS), async (plan) => {
      const contest = new Contest(port, plan);
      await contest.play();
      assert.ok(contest.late.tried > 0 && contest.late.refused === contest.late.tried, JSON.stringify(contest.late));
    });
    // Says its seed when it fails; shrinking would play hundreds of contests.
    await fc.assert(onTheWorkflow, { numRuns: 1, endOnFailure: true });
    const lengths = await historiesOf(client, lock.workflowId);
    assert.ok(
      lengths.length > 3 && Math.max(...lengths) < 200,
      `events in each run of the lock: ${lengths.join(', ')}`,
    );
  });
});

/** How many events each run of a workflow that goes on has, the newest first. */
async function historiesOf(client: Client, workflowId: string, runId?: string): Promise<number[]> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const before = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  return [events?.length ?? 0, ...(before ? await historiesOf(client, workflowId, before) : [])];
}
