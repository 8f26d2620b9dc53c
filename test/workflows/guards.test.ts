import { strict as assert } from 'node:assert';
import { ApplicationFailure } from '@temporalio/common';
import { assertPutBack } from './put-back.ts';
import { sideBySide } from './run.ts';
import { answers, type Twist } from './twists.ts';
import { beatUntilCancelled } from './steps-on-world.ts';

const CONV = 'conv_01_convergence_after_multi_failure';
const EDGE_03 = 'edge_03_guardian_partition_recovery';
const REASON = 'guard of the fleet file: it did not for 9 s: answers 503';
const WATCH = 'http://x/ answers 2xx';

const guardedBy = (rails: object): Twist => answers('admit', rails);
/** The step is at work until it is told to stop. */
const endless = (step: 'push'): Twist => ({ step, nth: 1, before: () => beatUntilCancelled(20_000) });
/** A guard fails for long while the push is at work. */
const fails: Twist = {
  step: 'push',
  nth: 1,
  before: async (_, { world }) => void (world.guardBroken = REASON),
};

describe('a run within the rails of the fleet file', function () {
  this.timeout(60_000);
  const start = sideBySide();

  const bare = start(EDGE_03);
  it('is watched by nobody where the fleet has no such guard', async () => {
    const { world, handle } = await bare();
    assert.equal(world.of('watchGuards').length, 0);
    const { events } = await handle.fetchHistory();
    const timers = events?.filter((event) => event.timerStartedEventAttributes);
    assert.equal(timers?.length, 0, 'its history is what it always was');
  });

  const well = start(EDGE_03, { twists: [guardedBy({ abortWhen: [WATCH], longestFaultSeconds: 600 })] });
  it('passes while all is well, and the watch ends with its body', async () => {
    const ended = await well();
    assertPutBack(ended);
    assert.equal(ended.status, 'COMPLETED', ended.message);
    assert.deepEqual(
      ended.world.of('watchGuards').map(({ ended: how }) => how),
      ['badly'],
      'it was cancelled',
    );
  });

  const broken = start(EDGE_03, {
    twists: [guardedBy({ abortWhen: [WATCH] }), fails, endless('push')],
  });
  it('is aborted when a guard fails for long: healed, inconclusive, with the evidence', async () => {
    const ended = await broken();
    assertPutBack(ended);
    assert.equal(ended.type, 'Inconclusive');
    assert.match(ended.message, /it did not for 9 s: answers 503/);
    assert.equal(ended.world.of('push')[0]?.ended, 'badly');
    assert.equal(ended.world.of('conclude').length, 1, 'it has a journal');
  });

  const unwatched = start(EDGE_03, {
    twists: [
      guardedBy({ abortWhen: [WATCH] }),
      endless('push'),
      {
        step: 'watchGuards',
        nth: 1,
        before: () => Promise.reject(ApplicationFailure.nonRetryable('no such folder', 'GroundFailed')),
      },
    ],
  });
  it('is aborted when its guards cannot be watched', async () => {
    const ended = await unwatched();
    assertPutBack(ended);
    assert.match(ended.message, /guards of the fleet file could not be watched: no such folder/);
  });

  const overlong = start(CONV, { twists: [guardedBy({ longestFaultSeconds: 2 }), endless('push')] });
  it('is aborted when a fault stands longer than it may', async () => {
    const ended = await overlong();
    assertPutBack(ended);
    assert.equal(ended.type, 'Inconclusive');
    assert.match(ended.message, /stood longer than `guards\.longestFaultSeconds` \(2 s\)/);
  });
});
