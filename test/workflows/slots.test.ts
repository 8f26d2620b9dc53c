import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { environment, HEAL_SLOTS } from './environment.ts';
import { assertPutBack } from './put-back.ts';
import { run } from './run.ts';
import type { Twist } from './twists.ts';
import { until } from './twists.ts';

/** Twice as many as heals have slots. */
const RUNS = 2 * HEAL_SLOTS;
const ids = Array.from({ length: RUNS }, () => `slots-${randomUUID()}`);

describe('more runs than a worker has slots for heals', function () {
  this.timeout(120_000);
  // Where they starve they would wait for ever.
  after(async () => {
    const { client } = await environment();
    await Promise.allSettled(ids.map((id) => client.workflow.getHandle(id).terminate()));
  });

  it('heal all the same while every one of them is held', async () => {
    let held = 0;
    const counted: Twist = { step: 'hold', nth: 1, before: async () => void (held += 1) };
    const together: Twist = { step: 'push', nth: 1, before: () => until(() => held === RUNS, 20_000) };
    const twists = [counted, together];
    const ended = await Promise.all(ids.map((workflowId) => run('mr_01_relay_crash_failover', { twists, workflowId })));
    for (const one of ended) {
      assertPutBack(one);
      assert.equal(one.result?.verdict, 'passed', one.message);
    }
  });
});
