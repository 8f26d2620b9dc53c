import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowFailedError } from '@temporalio/client';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import type { SweepResult } from '../../src/contract/sweep.ts';
import { KeptSchedule } from '../../src/temporal/kept-schedule.ts';
import { sweepScheduleOf } from '../../src/temporal/sweeps.ts';
import { environment } from './environment.ts';
import { scheduledIn } from './scheduled.ts';

describe('the sweep as a workflow', function () {
  this.timeout(60_000);

  it('needs no input, returns what it did, and runs on the queue of heals', async () => {
    const { client } = await environment();
    const handle = await client.workflow.start('sweep', { taskQueue: TASK_QUEUE, workflowId: `sweep-${randomUUID()}` });
    const result = (await handle.result()) as SweepResult;
    assert.deepEqual([result.fleet, result.healed.length], ['fake', 1]);
    assert.deepEqual(
      (await scheduledIn(handle)).map(({ name, queue }) => [name, queue]),
      [['sweepMachines', 'Q-heal']],
    );
  });

  for (const input of [{ fleet: 'other' }, { flet: 'fake' }, 'fake']) {
    it(`refuses ${JSON.stringify(input)} and touches nothing`, async () => {
      const { client } = await environment();
      const options = { taskQueue: TASK_QUEUE, workflowId: `sweep-${randomUUID()}`, args: [input] };
      const error = await client.workflow.execute('sweep', options).catch((failed: unknown) => failed);
      assert.ok(error instanceof WorkflowFailedError);
      assert.equal((error.cause as { type?: string }).type, 'BadInput', error.cause?.message);
    });
  }

  it('tells the next one of its schedule since when a machine is out of reach', async () => {
    const { client } = await environment();
    const wanted = sweepScheduleOf('fake');
    const kept = new KeptSchedule(client, wanted.scheduleId);
    await kept.apply(wanted);
    try {
      const [first, second] = [await next(kept, 0), await next(kept, 1)];
      assert.equal(second.unreachable[0]?.since, first.unreachable[0]?.since);
    } finally {
      await kept.delete();
    }
  });
});

/** Triggers the schedule, and waits for what that sweep returns. */
async function next(kept: KeptSchedule, before: number): Promise<SweepResult> {
  const { client } = await environment();
  await kept.trigger();
  for (;;) {
    const actions = (await kept.describe())?.info.recentActions ?? [];
    const begun = actions[before]?.action.workflow;
    if (begun) return (await client.workflow.getHandle(begun.workflowId).result()) as SweepResult;
    await pause(100);
  }
}
