import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { acquire, collision, release, replyTo } from '../../src/contract/fleet-lock.ts';
import type { LockClaim, LockRequest, LockState } from '../../src/contract/fleet-lock.ts';

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

/** One of many runs: what it wants, and what becomes of it once it is granted or while it waits. */
interface Simulated {
  exclusive: string[];
  all: string[];
  fate: 'ends' | 'dies' | 'leaves';
}

const RUNS = 200;

const simulated: fc.Arbitrary<Simulated> = fc.record({
  exclusive: fc.subarray(names, { maxLength: 3 }),
  all: fc.subarray(names),
  fate: fc.oneof(
    { weight: 8, arbitrary: fc.constant('ends' as const) },
    fc.constantFrom('dies' as const, 'leaves' as const),
  ),
});

describe('200 competing runs', () => {
  const plan = fc.record({
    runs: fc.array(simulated, { minLength: RUNS, maxLength: RUNS, size: 'max' }),
    choices: fc.infiniteStream(fc.nat()),
  });

  it('never hold what one of them breaks, are granted in the order in which they asked, and none starves', () => {
    fc.assert(
      fc.property(plan, ({ runs, choices }) => {
        const grants = simulate(runs, () => choices.next().value as number);
        runs.forEach(({ fate }, n) => assert.ok(fate === 'leaves' || grants.has(`run-${n}/1`), `run-${n} starved`));
      }),
      { numRuns: 40 },
    );
  });
});

/** Lets all of them arrive, be granted, end, die and leave in a drawn order. @returns the tokens of those that were granted. */
function simulate(runs: Simulated[], draw: () => number): Map<string, number> {
  const state = empty();
  const claims = runs.map(({ exclusive, all }, n) =>
    asked(
      `run-${n}/1`,
      exclusive,
      all.filter((name) => !exclusive.includes(name)),
    ),
  );
  const fateOf = new Map(claims.map(({ owner }, n) => [owner, runs[n]?.fate]));
  const grants = new Map<string, number>();
  const gone: string[] = [];
  for (let arrived = 0; arrived < claims.length || state.holders.length > 0;) {
    const holder = state.holders[draw() % Math.max(1, state.holders.length)];
    if (arrived < claims.length && (draw() % 2 === 0 || !holder)) {
      acquire(state, { ...(claims[arrived] as LockRequest), gone: gone.splice(0) });
      arrived += 1;
    } else if (holder) {
      const fate = fateOf.get(holder.owner);
      if (fate === 'dies') acquire(state, { ...(claims[arrived - 1] as LockRequest), gone: [holder.owner] });
      else release(state, holder.owner);
      fateOf.set(holder.owner, 'ends');
    }
    const leaver = state.waiting.find(({ owner }) => fateOf.get(owner) === 'leaves');
    if (leaver && draw() % 3 === 0) release(state, leaver.owner);
    check(state, claims, grants);
  }
  assert.deepEqual(state.waiting, []);
  return grants;
}

function check(state: LockState, claims: LockClaim[], grants: Map<string, number>): void {
  for (const one of state.holders) {
    if (!grants.has(one.owner)) grants.set(one.owner, one.token);
    assert.ok(
      state.holders.every((other) => one === other || collision(one, other) === undefined),
      'two hold one thing',
    );
  }
  // Whoever waits was passed by nobody who asked later and wants the same.
  const placeOf = (owner: string): number => claims.findIndex((claim) => claim.owner === owner);
  for (const waiter of state.waiting) {
    for (const holder of state.holders) {
      if (collision(waiter, holder)) assert.ok(placeOf(holder.owner) < placeOf(waiter.owner), 'somebody was passed');
    }
  }
}
