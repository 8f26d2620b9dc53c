import { strict as assert } from 'node:assert';
import type { WorkflowHandle } from '@temporalio/client';
import type { RunResult } from '../../src/contract/run.ts';
import { told } from './journeys.ts';
import { assertPutBack } from './put-back.ts';
import { sideBySide } from './run.ts';
import { beatUntilCancelled } from './steps-on-world.ts';
import { again, cancelAfter, lingers, once, refused, REFUSED, terminateAfter, torn, until } from './twists.ts';

const MR = 'mr_01_relay_crash_failover';
const CONV = 'conv_01_convergence_after_multi_failure';

describe('putting back', function () {
  this.timeout(60_000);
  const start = sideBySide();

  const healRefused = start(MR, { twists: [refused('heal')] });
  it('that does not succeed is residue, and the run is not green', async () => {
    const { status, type, result, world } = await healRefused();
    const { residue, faults } = result as RunResult;
    assert.equal(status, 'FAILED');
    assert.equal(type, 'Inconclusive');
    assert.deepEqual(residue, [`kill relay-1 (SIGKILL) is not healed: ${REFUSED}`]);
    assert.equal(faults[0]?.healedAt, null);
    assert.deepEqual(world.story.slice(-4), ['invariants', 'verify', 'conclude', 'unlock']);
    assert.equal(world.isLocked, false);
  });

  it('leaves the mark on a run whose fault still stands', async () => {
    assert.equal(await isMarked((await healRefused()).handle), true);
  });

  const both = start(MR, { twists: [refused('push'), refused('heal')] });
  it('reports what the body died of and what was not healed', async () => {
    const { message, result } = await both();
    assert.match(message, new RegExp(`disturbing: ${REFUSED} \\(and \\d more\\)`));
    assert.deepEqual(result?.residue, [`kill relay-1 (SIGKILL) is not healed: ${REFUSED}`]);
  });

  const oneOfTwo = start(CONV, { twists: [refused('push'), refused('heal')] });
  it('goes on with the other faults when one heal fails', async () => {
    const { world, result } = await oneOfTwo();
    assert.deepEqual(world.story.slice(7, 9), ['heal guardian', 'heal relay-1']);
    assert.deepEqual(
      [...world.standing.values()].map(({ target }) => target),
      ['guardian'],
    );
    assert.deepEqual(
      result?.faults.map(({ target, healedBy }) => [target, healedBy]),
      [
        ['relay-1', 'frame'],
        ['guardian', null],
      ],
    );
  });

  const flaky = start(CONV, { twists: [cancelAfter('push'), torn('heal', 2, 1), torn('heal', 1, 2)] });
  it('heals one after the other however often a heal has to be tried', async () => {
    const ended = await flaky();
    assertPutBack(ended);
    assert.deepEqual(
      ended.world.of('heal').map(({ ask, attempt }) => [ask.spec?.target, attempt]),
      [...[1, 2, 3].map((attempt) => ['guardian', attempt]), ...[1, 2].map((attempt) => ['relay-1', attempt])],
    );
  });

  for (const step of ['invariants', 'verify', 'conclude'] as const) {
    const ending = start(MR, { twists: [refused(step)] });
    it(`goes on to its end when ${step} fails, and is inconclusive`, async () => {
      const ended = await ending();
      assertPutBack(ended);
      assert.deepEqual(told(ended.world.story).slice(-5), [
        'heal relay-1',
        'invariants',
        'verify',
        'conclude',
        'unlock',
      ]);
      assert.equal(ended.type, 'Inconclusive');
      assert.match(ended.message, new RegExp(`^inconclusive: (invariants|baseline|journal): ${REFUSED}$`));
    });
  }

  const unlock = start(MR, { twists: [refused('unlock')] });
  it('keeps its verdict when the lock cannot be given back', async () => {
    const { status, result } = await unlock();
    assert.equal(status, 'COMPLETED');
    assert.equal(result?.verdict, 'passed');
  });

  const unheld = start(MR, { twists: [refused('hold')] });
  it('needs no hold, but tells that there was none', async () => {
    const ended = await unheld();
    assertPutBack(ended);
    assert.equal(ended.result?.verdict, 'passed');
    const message = `the leases were not renewed: ${REFUSED}`;
    assert.deepEqual(ended.result?.findings, [{ id: 'hold-lost', message, count: 1 }]);
  });

  const ends = {
    step: 'hold',
    nth: 1,
    before: () => beatUntilCancelled().catch(() => Promise.reject(again())),
  } as const;
  const shutDown = start(MR, { twists: [ends] });
  it('says nothing of a hold whose worker ends when it is not needed any more', async () => {
    const ended = await shutDown();
    assertPutBack(ended);
    assert.equal(ended.result?.verdict, 'passed');
    assert.deepEqual(ended.result?.findings, []);
  });

  const heldAgain = start(MR, { twists: [torn('hold', 2), once('push', (world) => world.isUnderWay('hold'))] });
  it('takes up its hold again when that was lost', async () => {
    const ended = await heldAgain();
    assertPutBack(ended);
    assert.equal(ended.world.of('hold').length, 3);
    assert.deepEqual(ended.result?.findings, []);
  });

  const bug = start('odd_bug_in_the_body');
  it('happens also when the body has a bug, and the run ends instead of hanging', async () => {
    const ended = await bug();
    assertPutBack(ended);
    assert.equal(ended.type, 'Inconclusive');
    assert.match(ended.message, /^inconclusive: disturbing: .*undefined/);
    assert.deepEqual(ended.world.story.slice(4, 6), ['inject relay-1', 'heal relay-1']);
  });

  const more = start('odd_breaks_more');
  it('is all there is to do for a body that would break what its scenario does not name: that is never touched', async () => {
    const ended = await more();
    assertPutBack(ended);
    assert.equal(ended.type, 'Inconclusive');
    assert.match(ended.message, /would break `relay-2` \(pause relay-2\), which its `breaks` does not name/);
    assert.deepEqual(ended.world.of('inject').length, 1);
  });

  const together = start('odd_faults_side_by_side', { twists: [refused('inject', 2), lingers('inject', 3, 'heal')] });
  it('waits for every inject under way before it heals the first fault', async () => {
    const ended = await together();
    assertPutBack(ended);
    const heals = ended.world.story.filter((line) => line.startsWith('heal'));
    assert.deepEqual(heals, ['heal guardian', 'heal relay-2', 'heal relay-1']);
  });

  const waiting = start(CONV, { twists: [refused('awaitDelivery', 1), lingers('awaitDelivery', 2, 'invariants')] });
  it('waits until nobody is asked any more before it asks the clients itself', async () => {
    const ended = await waiting();
    assertPutBack(ended);
    assert.equal(ended.world.of('invariants').length, 1);
    assert.match(ended.message, new RegExp(`^inconclusive: disturbing: ${REFUSED}$`));
  });

  const hopeless = start('odd_without_a_definition');
  it('is never needed by a scenario that is broken itself: it fails before anything is touched', async () => {
    const { status, message, world } = await hopeless();
    assert.equal(status, 'FAILED');
    assert.match(message, /undefined|iterable|null/);
    assert.deepEqual(world.story, ['admit']);
  });

  const terminated = start(MR, { twists: [terminateAfter('push')] });
  it('is left to the hold when the run is terminated, within seconds', async () => {
    const { status, world, handle } = await terminated();
    assert.equal(status, 'TERMINATED');
    await until(() => world.standing.size === 0, 3_000);
    assert.deepEqual([...world.healed.values()], ['hold']);
    assert.equal(await isMarked(handle), true, 'and can be found by who looks for faults of dead runs');
  });
});

async function isMarked(handle: WorkflowHandle): Promise<unknown> {
  const { typedSearchAttributes } = await handle.describe();
  return typedSearchAttributes.getAll().find(({ key }) => key.name === 'ChaosFaultActive')?.value;
}
