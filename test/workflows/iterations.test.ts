import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import type { Message } from '../../src/contract/run.ts';
import { environment } from './environment.ts';
import { worldFor } from './fake-activities.ts';
import { run } from './run.ts';
import { answers } from './twists.ts';
import { beatUntilCancelled } from './steps-on-world.ts';

const MR = 'mr_01_relay_crash_failover';
const refusedPush: Message = {
  ...{ id: 'm-1', shape: 'line', bytes: 48, seed: 1, from: 'q', blobId: null, seconds: 1 },
  ...{ outcome: 'refused', mayBeStored: true, evidence: 'no' },
};

describe('a run that is asked for several', function () {
  this.timeout(60_000);

  it('runs them one after the other as children, each drawn from a seed of its own, and passes if all do', async () => {
    const { status, result, world, handle } = await run(MR, { input: [{ iterations: 3, seed: 5 }] });
    assert.equal(status, 'COMPLETED');
    assert.equal(result?.because, 'all 3 iterations passed');
    assert.equal(result.seed, 5);
    assert.deepEqual(
      result.iterations?.map(({ workflowId, verdict }) => [workflowId, verdict]),
      [1, 2, 3].map((n) => [`${handle.workflowId}/${n}`, 'passed']),
    );
    assert.deepEqual(world.story, ['admit', 'conclude'], 'it locks and breaks nothing itself');
    const { client } = await environment();
    const seeds = await Promise.all(
      result.iterations.map(async ({ workflowId }) => {
        const { searchAttributes } = await client.workflow.getHandle(workflowId).describe();
        return searchAttributes['ChaosSeed']?.[0];
      }),
    );
    assert.equal(new Set(seeds).size, 3);
  });

  it('fails if one fails, goes on with the others, and says which', async () => {
    const workflowId = `several-${randomUUID()}`;
    worldFor(`${workflowId}/2`, [answers('push', [refusedPush])]);
    const { type, message, result } = await run(MR, { workflowId, input: [{ iterations: 3 }] });
    assert.equal(type, 'ClaimFailed');
    assert.match(message, /^failed: 2 of 3 iterations passed; the first that did not, iteration 2: /);
    assert.deepEqual(
      result?.iterations?.map(({ verdict }) => verdict),
      ['passed', 'failed', 'passed'],
    );
    assert.ok((result?.failures.length ?? 0) > 0);
  });

  it('heals the one that runs and begins no other when it is cancelled', async () => {
    const workflowId = `several-${randomUUID()}`;
    const world = worldFor(`${workflowId}/1`, [{ step: 'push', nth: 1, before: () => beatUntilCancelled(10_000) }]);
    const ending = run(MR, { workflowId, input: [{ iterations: 3 }] });
    while (world.of('push').length === 0) await new Promise((go) => setTimeout(go, 20));
    const { client } = await environment();
    await client.workflow.getHandle(workflowId).cancel();
    assert.equal((await ending).status, 'CANCELLED');
    assert.equal(world.standing.size, 0);
    await assert.rejects(client.workflow.getHandle(`${workflowId}/2`).describe());
  });

  it('is refused as a whole where its input is not valid', async () => {
    const { type, message } = await run(MR, { input: [{ iterations: 0 }] });
    assert.equal(type, 'BadInput');
    assert.match(message, /iterations/);
  });
});
