import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { acquire, release, replyTo } from '../../src/contract/fleet-lock.ts';
import type { LockClaim, LockRequest, LockState } from '../../src/contract/fleet-lock.ts';
import { Contest, type LockPort } from './competition.ts';
import { competition } from './competitors.ts';

const names = ['relay-1', 'relay-2', 'relay-3', 'guardian', 'q'];

const empty = (): LockState => ({ holders: [], waiting: [], lastToken: 0 });

const asked = (owner: string, exclusive: string[], shared: string[] = []): LockRequest => ({
  ...{ owner, exclusive, shared, gone: [] },
});

const ownersOf = (claims: LockClaim[]): string[] => claims.map(({ owner }) => owner);

describe('the line of a lock', () => {
  it('gives each grant a higher token, and the same one again to who asks again', () => {
    const state = empty();
    const first = acquire(state, asked('a/1', ['relay-1']));
    const second = acquire(state, asked('b/1', ['relay-2']));
    assert.deepEqual(
      [first, second, acquire(state, asked('a/1', ['relay-1']))],
      [
        { granted: true, token: 1 },
        { granted: true, token: 2 },
        { granted: true, token: 1 },
      ],
    );
    assert.equal(state.holders.length, 2);
  });

  it('lets any number share', () => {
    const state = empty();
    for (const owner of ['a/1', 'b/1', 'c/1']) assert.equal(acquire(state, asked(owner, [], names)).granted, true);
  });

  it('grants all or nothing: who waits holds nothing of what is free', () => {
    const state = empty();
    acquire(state, asked('a/1', ['relay-1']));
    const reply = acquire(state, asked('b/1', ['relay-2', 'relay-1']));
    assert.ok(!reply.granted);
    assert.deepEqual(
      reply.ahead.map(({ owner, wanted, holds }) => ({ owner, wanted, holds })),
      [{ owner: 'a/1', wanted: 'relay-1', holds: true }],
    );
    assert.deepEqual(ownersOf(state.holders), ['a/1']);
  });

  it('lets nobody pass who wants what an earlier one waits for, and everybody else', () => {
    const state = empty();
    acquire(state, asked('reader/1', [], ['relay-1']));
    acquire(state, asked('writer/1', ['relay-1', 'relay-2']));
    const late = acquire(state, asked('reader/2', [], ['relay-2']));
    assert.ok(!late.granted && late.ahead[0]?.owner === 'writer/1' && !late.ahead[0].holds);
    assert.equal(acquire(state, asked('other/1', ['guardian'])).granted, true);
    release(state, 'reader/1');
    assert.deepEqual(ownersOf(state.holders), ['other/1', 'writer/1']);
    release(state, 'writer/1');
    assert.deepEqual(ownersOf(state.holders), ['other/1', 'reader/2']);
  });

  it('keeps the place of who asks again, and forgets it of who leaves', () => {
    const state = empty();
    acquire(state, asked('a/1', ['q']));
    for (const owner of ['b/1', 'c/1', 'b/1']) acquire(state, asked(owner, ['q']));
    assert.deepEqual(ownersOf(state.waiting), ['b/1', 'c/1']);
    release(state, 'b/1');
    assert.equal(replyTo(state, 'b/1'), undefined);
    release(state, 'a/1');
    assert.deepEqual(ownersOf(state.holders), ['c/1']);
  });

  it('takes from who is gone, whether it held or waited, and from nobody else', () => {
    const state = empty();
    acquire(state, asked('a/1', ['relay-1']));
    acquire(state, asked('b/1', ['relay-2']));
    acquire(state, asked('w/1', ['relay-1']));
    const reply = acquire(state, { ...asked('c/1', ['relay-1']), gone: ['a/1', 'w/1'] });
    assert.equal(reply.granted, true);
    assert.deepEqual(ownersOf(state.holders), ['b/1', 'c/1']);
  });
});

/** The line itself, as the workflow keeps it. */
function pureLock(): LockPort {
  const state = empty();
  return {
    acquire: async (request) => acquire(state, request),
    release: async (owner) => release(state, owner),
    state: async () => ({ ...state }),
  };
}

describe('runs that compete for a fleet', function () {
  this.timeout(60_000);

  for (const [runs, cases] of [
    [200, 60],
    [12, 2_000],
  ] as const) {
    it(`never hold what another breaks, pass nobody, starve nobody, and break nothing once they lost it: ${runs} runs`, async () => {
      const late = { tried: 0, refused: 0 };
      await fc.assert(
        fc.asyncProperty(competition(runs), async (plan) => {
          const contest = new Contest(pureLock(), plan);
          await contest.play();
          late.tried += contest.late.tried;
          late.refused += contest.late.refused;
        }),
        { numRuns: cases, endOnFailure: true },
      );
      assert.ok(late.tried > cases / 2 && late.refused === late.tried, JSON.stringify(late));
    });
  }
});
