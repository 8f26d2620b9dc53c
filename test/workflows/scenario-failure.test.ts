import { strict as assert } from 'node:assert';
import { NEVER_RETRIED } from '../../src/contract/errors.ts';
import type { RunResult } from '../../src/contract/run.ts';
import { journeys, positionsOf, storyOf, storyWhenEndedAt, told } from './journeys.ts';
import type { Position } from './journeys.ts';
import { assertPutBack } from './put-back.ts';
import { sideBySide } from './run.ts';
import type { Ended } from './run.ts';
import { fails, refused, REFUSED, TORN, torn, unheard } from './twists.ts';

/** Steps that are tried again until they succeed. */
const ENDLESS = ['lock', 'heal', 'verify', 'unlock'];
const ATTEMPTS = 5;

describe('a run one step of which fails', function () {
  this.timeout(60_000);

  for (const journey of journeys) {
    describe(journey.type, () => {
      const start = sideBySide();
      for (const position of positionsOf(journey)) {
        const { step, nth, part } = position;
        const ending = start(journey.type, { twists: [refused(step, nth)] });

        if (part === 'end') continue;
        it(`is put back and ends red when ${step} ${nth} is refused`, async () => {
          const ended = await ending();
          assertPutBack(ended);
          assert.deepEqual(told(ended.world.story), told(storyWhenEndedAt(journey, position, false)));
          assertRed(ended, position, REFUSED);
        });
      }
    });
  }

  const [mr, , , conv] = journeys as [(typeof journeys)[0], unknown, unknown, (typeof journeys)[0]];
  const start = sideBySide();

  for (const position of positionsOf(mr)) {
    const { step, nth } = position;
    const isEndless = ENDLESS.includes(step);
    const ending = start(mr.type, { twists: [torn(step, isEndless ? ATTEMPTS + 2 : Infinity, nth)] });

    if (isEndless) {
      it(`tries ${step} again until it succeeds, and passes`, async () => {
        const ended = await ending();
        assertPutBack(ended);
        assert.deepEqual(told(ended.world.story), storyOf(mr));
        assert.equal(ended.world.of(step).length, ATTEMPTS + 3);
        assert.equal(ended.result?.verdict, 'passed');
      });
    } else {
      it(`gives ${step} up after ${ATTEMPTS} attempts, is put back and ends red`, async () => {
        const ended = await ending();
        assertPutBack(ended);
        assert.equal(ended.world.of(step).findLast((call) => call.nth === nth)?.attempt, ATTEMPTS);
        assertRed(ended, position, TORN);
      });
    }
  }

  const unknown = start(mr.type, { twists: [unheard('conclude', ATTEMPTS)] });
  it('says the same in its journal as in its result, when nobody heard of the journal that it wrote', async () => {
    const { result, world } = await unknown();
    assert.equal(world.results[0]?.verdict, 'passed', 'what nobody heard of');
    assert.equal(result?.verdict, 'inconclusive');
    assert.deepEqual([world.results.at(-1)?.verdict, world.results.length], ['inconclusive', ATTEMPTS + 1]);
  });

  for (const kind of NEVER_RETRIED) {
    const atTheDoor = start(mr.type, { twists: [fails('lock', kind)] });
    const inside = start(mr.type, { twists: [fails('arrange', kind)] });

    it(`does not try again what failed as ${kind}, and closes as such where nothing was held yet`, async () => {
      const { world, type, message } = await atTheDoor();
      assert.equal(world.of('lock').length, 1);
      assert.equal(type, kind);
      assert.equal(message, REFUSED);
      const { world: second, type: verdict } = await inside();
      assert.equal(second.of('arrange').length, 1);
      assert.equal(verdict, 'Inconclusive');
    });
  }

  for (const { step, nth } of positionsOf(conv)) {
    const ending = start(conv.type, { twists: [unheard(step, 1, nth)] });

    it(`asks again when nobody heard how ${step} ${nth} went, and passes`, async () => {
      const ended = await ending();
      assertPutBack(ended);
      assert.deepEqual(told(ended.world.story), storyOf(conv));
      assert.equal(ended.world.of(step).filter((call) => call.nth === nth).length, 2);
      assert.equal(ended.result?.verdict, 'passed');
    });
  }
});

function assertRed({ status, type, message, result, world }: Ended, { part }: Position, evidence: string): void {
  assert.equal(status, 'FAILED');
  if (part === 'door') {
    assert.match(type ?? '', /^(CommandFailed|HostUnreachable)$/);
    assert.equal(message, evidence);
    return;
  }
  assert.equal(type, 'Inconclusive');
  assert.match(message, new RegExp(`^inconclusive: [a-z ]+: ${evidence}`));
  const { verdict, because } = result as RunResult;
  assert.equal(verdict, 'inconclusive');
  assert.equal(message, `inconclusive: ${because}`);
  assert.ok(world.of('conclude').length > 0, 'the journal is written');
}
