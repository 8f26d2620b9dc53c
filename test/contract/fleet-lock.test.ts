import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { acquire } from '../../src/contract/fleet-lock.ts';
import type { LockHolder, LockRequest, LockState } from '../../src/contract/fleet-lock.ts';

const names = ['relay-1', 'relay-2', 'guardian', 'q'];
const owners = ['a/1', 'b/1', 'c/1', 'd/1'];
const some = (values: string[]) => fc.subarray(values);

const request: fc.Arbitrary<LockRequest> = fc
  .tuple(
    fc.constantFrom(...owners),
    some(names),
    some(names),
    fc.oneof({ weight: 4, arbitrary: fc.constant<string[]>([]) }, some(owners)),
  )
  .map(([owner, exclusive, all, gone]) => ({
    ...{ owner, exclusive, gone },
    shared: all.filter((name) => !exclusive.includes(name)),
  }));

const empty = (): LockState => ({ holders: [], lastToken: 0 });

const asked = (owner: string, exclusive: string[], shared: string[] = []): LockRequest => ({
  ...{ owner, exclusive, shared, gone: [] },
});

const conflict = (one: LockHolder, other: LockHolder): boolean =>
  one.exclusive.some((name) => other.exclusive.includes(name) || other.shared.includes(name));

describe('acquire', () => {
  it('never lets two hold what one of them breaks, whoever asks for what in any order', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20 }), (requests) => {
        const state = empty();
        for (const each of requests) {
          acquire(state, each);
          for (const one of state.holders) {
            assert.ok(state.holders.every((other) => one === other || !conflict(one, other)));
          }
        }
      }),
    );
  });

  it('refuses only who is in the way of a holder, names both, and then changes nothing else', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 20 }), (requests) => {
        const state = empty();
        for (const each of requests) {
          const before = state.holders.filter(({ owner }) => !each.gone.includes(owner));
          const reply = acquire(state, each);
          if (reply.granted) continue;
          const { holder, wanted } = reply;
          assert.deepEqual(state.holders, before);
          assert.ok(before.includes(holder));
          assert.ok([...each.exclusive, ...each.shared].includes(wanted));
          assert.ok([...holder.exclusive, ...holder.shared].includes(wanted));
          assert.ok(each.exclusive.includes(wanted) || holder.exclusive.includes(wanted));
        }
      }),
    );
  });

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
    for (const owner of owners) assert.equal(acquire(state, asked(owner, [], names)).granted, true);
  });

  it('grants all or nothing', () => {
    const state = empty();
    acquire(state, asked('a/1', ['relay-1']));
    assert.equal(acquire(state, asked('b/1', ['relay-2', 'relay-1'])).granted, false);
    assert.equal(acquire(state, asked('c/1', ['relay-2'])).granted, true);
  });

  it('takes from who is gone, and from nobody else', () => {
    const state = empty();
    acquire(state, asked('a/1', ['relay-1']));
    acquire(state, asked('b/1', ['relay-2']));
    const reply = acquire(state, { ...asked('c/1', ['relay-1']), gone: ['a/1'] });
    assert.equal(reply.granted, true);
    assert.deepEqual(
      state.holders.map(({ owner }) => owner),
      ['b/1', 'c/1'],
    );
  });
});
