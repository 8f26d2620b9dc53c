import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { environment } from './environment.ts';
import { run } from './run.ts';
import type { Twist } from './twists.ts';

/** To where the workflow knows of all that was done so far. */
async function reset(client: Client, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  const { events } = await handle.fetchHistory();
  const last = events?.findLast((event) => event.workflowTaskCompletedEventAttributes);
  const { runId } = await handle.describe();
  await client.workflowService.resetWorkflowExecution({
    ...{ namespace: 'default', workflowExecution: { workflowId, runId }, requestId: randomUUID() },
    ...{ reason: 'the test resets it', workflowTaskFinishEventId: last?.eventId ?? null },
  });
}

describe('a run that is reset', function () {
  this.timeout(60_000);

  /** @returns how the run that goes on ends, when it is reset at its push, and `then` happens to it */
  async function afterReset(then: Twist[]): Promise<ApplicationFailure> {
    const { client } = await environment();
    const workflowId = `reset-${randomUUID()}`;
    let done = false;
    const resetting: Twist = {
      step: 'push',
      nth: 1,
      async before({ ask }) {
        if (done) return;
        done = true;
        await reset(client, ask.run.workflowId);
      },
    };
    await run('mr_01_relay_crash_failover', { workflowId, twists: [resetting, ...then] });
    const error = await client.workflow
      .getHandle(workflowId)
      .result()
      .catch((failed: unknown) => failed);
    assert.ok(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure, String(error));
    return error.cause;
  }

  it('passes no more, whatever it sees', async () => {
    const { type, message } = await afterReset([]);
    assert.equal(type, 'Inconclusive', message);
    assert.match(message, /was interrupted|this run was reset/);
  });

  it('accuses nobody either: the client it speaks to is that of the run before', async () => {
    const refused = [{ id: 'm-1', shape: 'line', bytes: 48, seed: 1, from: 'q', blobId: null, seconds: 1 }].map(
      (one) => ({
        ...one,
        ...{ outcome: 'refused', mayBeStored: true, evidence: 'Device not initialized' },
      }),
    );
    const { type, message } = await afterReset([{ step: 'push', nth: 1, answer: refused }]);
    assert.equal(type, 'Inconclusive', message);
    assert.match(message, /^inconclusive: .*(this run was reset|interrupted)/);
  });
});
