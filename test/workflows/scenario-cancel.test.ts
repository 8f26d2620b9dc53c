import { strict as assert } from 'node:assert';
import { QUERY_REPORT } from '../../src/contract/names.ts';
import { journeys, positionsOf, storyWhenEndedAt, told } from './journeys.ts';
import { assertPutBack } from './put-back.ts';
import { sideBySide } from './run.ts';
import { cancelAfter, cancelDuring } from './twists.ts';

describe('a run that is cancelled', function () {
  this.timeout(60_000);

  for (const journey of journeys) {
    describe(journey.type, () => {
      const start = sideBySide();
      for (const position of positionsOf(journey)) {
        const { step, nth, part, index } = position;
        const ending = start(journey.type, { twists: [cancelAfter(step, nth)] });
        const isBodyThrough = part === 'end' || index === 3 + journey.body.length;

        it(`${isBodyThrough ? 'passes all the same' : 'is put back and ends cancelled'} after ${step} ${nth}`, async () => {
          const ended = await ending();
          assertPutBack(ended);
          assert.deepEqual(told(ended.world.story), storyWhenEndedAt(journey, position, true));
          assert.equal(ended.status, isBodyThrough ? 'COMPLETED' : 'CANCELLED');
        });
      }
    });
  }

  const start = sideBySide();
  const [journey] = journeys.slice(-1) as [(typeof journeys)[number]];
  for (const position of positionsOf(journey).filter(({ part }) => part !== 'end')) {
    const { step, nth } = position;
    const shielded = step === 'heal';
    if (shielded) continue;
    const ending = start(journey.type, { twists: [cancelDuring(step, nth)] });

    it(`stops ${step} ${nth}, waits for its end and heals what it may have done`, async () => {
      const ended = await ending();
      assertPutBack(ended);
      const expected = step === 'admit' ? ['admit'] : storyWhenEndedAt(journey, position, false);
      assert.deepEqual(told(ended.world.story), expected);
      assert.equal(ended.world.of(step)[nth - 1]?.ended, 'badly');
      assert.equal(ended.status, 'CANCELLED');
    });
  }

  for (const { type, left } of journeys.filter(({ left }) => left.length > 0)) {
    const ending = start(type, { twists: [cancelDuring('heal', 1, 800)] });

    it(`does not stop ${left[0]} of ${type}`, async () => {
      const ended = await ending();
      assertPutBack(ended);
      assert.deepEqual(
        ended.world.of('heal').map(({ ended }) => ended),
        ['well'],
      );
      assert.equal(ended.status, 'COMPLETED');
    });
  }

  const twice = start(journey.type, { twists: [cancelAfter('push'), cancelDuring('heal', 1, 800)] });
  it('cancelled again while it heals, heals to the end', async () => {
    const ended = await twice();
    assertPutBack(ended);
    assert.deepEqual(ended.world.story.slice(-6), [
      ...['heal guardian', 'heal relay-1'],
      ...['invariants', 'verify', 'conclude', 'unlock'],
    ]);
    assert.equal(ended.status, 'CANCELLED');
  });

  it('says in its report and its journal where it was aborted', async () => {
    const { world, handle } = await twice();
    const because = 'aborted while disturbing';
    assert.equal(world.results[0]?.because, because);
    assert.equal(world.results[0]?.verdict, 'inconclusive');
    const report = await handle.query<{ because: string }>(QUERY_REPORT);
    assert.equal(report.because, because);
  });
});
