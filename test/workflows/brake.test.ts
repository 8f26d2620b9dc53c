import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import type { SuiteResult } from '../../src/contract/suite-result.ts';
import { environment } from './environment.ts';
import { worldFor } from './fake-activities.ts';
import { assertPutBack } from './put-back.ts';
import { run } from './run.ts';
import { fails, REFUSED } from './twists.ts';

const MR = 'mr_01_relay_crash_failover';
const EDGE_01 = 'edge_01_guardian_high_latency';
const EDGE_03 = 'edge_03_guardian_partition_recovery';
const CONV = 'conv_01_convergence_after_multi_failure';

/** What the activities answer while the brake is on. */
const braked = (step: 'admit' | 'inject', nth = 1) => fails(step, 'Braked', nth);

async function many(kind: 'suite' | 'soak', input: object, brakedChild: string) {
  const { client } = await environment();
  const workflowId = `${kind}-${randomUUID()}`;
  worldFor(`${workflowId}/${brakedChild}`, [braked('admit')]);
  const handle = await client.workflow.start(kind, { taskQueue: TASK_QUEUE, workflowId, args: [input] });
  const error = await handle.result().then(
    () => assert.fail('it passed'),
    (thrown: Error) => thrown.cause as Error & { type: string; details: [SuiteResult] },
  );
  const began = async (child: string): Promise<boolean> =>
    client.workflow
      .getHandle(`${workflowId}/${child}`)
      .describe()
      .then(
        () => true,
        (thrown: unknown) => (thrown instanceof WorkflowNotFoundError ? false : assert.fail(String(thrown))),
      );
  return { type: error.type, message: error.message, result: error.details[0], began };
}

describe('while the brake is on', function () {
  this.timeout(60_000);

  it('a run is refused at the door, under its own kind, and touches nothing', async () => {
    const { type, message, world } = await run(MR, { twists: [braked('admit')] });
    assert.deepEqual([type, message], ['Braked', REFUSED]);
    assert.deepEqual(world.story, ['admit']);
  });

  it('a run that lives is refused at its next fault, once; it heals what stands and is inconclusive', async () => {
    const ended = await run(CONV, { twists: [braked('inject', 2)] });
    assertPutBack(ended);
    assert.equal(ended.type, 'Inconclusive');
    assert.match(ended.message, new RegExp(REFUSED));
    assert.equal(ended.world.of('inject').length, 2, 'it was not tried again');
  });

  it('a suite begins nothing more, is inconclusive, and says so once', async () => {
    const input = { scenarios: [MR, EDGE_01, EDGE_03], iterations: 2 };
    const { type, message, result, began } = await many('suite', input, `${EDGE_01}/1`);
    assert.equal(type, 'Inconclusive');
    assert.equal(message, `inconclusive: of 2 runs 1 inconclusive, 1 passed; stopped: ${REFUSED}`);
    assert.equal(result.runs.length, 2);
    assert.equal(await began(`${EDGE_01}/1`), true);
    assert.equal(await began(`${EDGE_03}/1`), false);
  });

  it('a soak ends long before its time', async () => {
    const { message, began } = await many('soak', { seconds: 3600, scenarios: [MR] }, '2');
    assert.match(message, /of 2 runs 1 inconclusive, 1 passed; stopped: /);
    assert.equal(await began('3'), false);
  });

  it('a run that is asked for several begins no other', async () => {
    const workflowId = `several-${randomUUID()}`;
    worldFor(`${workflowId}/2`, [braked('admit')]);
    const { type, message, result } = await run(MR, { workflowId, input: [{ iterations: 4 }] });
    assert.equal(type, 'Inconclusive');
    assert.match(message, /1 of 4 iterations passed; the first that did not, iteration 2: /);
    assert.equal(result?.iterations?.length, 2);
  });
});
