import { strict as assert } from 'node:assert';
import { pullsOf } from '../../src/activities/bite/pulls.ts';
import type { Deps } from '../../src/activities/deps.ts';
import { parseFleet } from '../../src/fleet/load.ts';
import { FLEET } from '../cli/fleets.ts';

const RELAYS = ['relay-1'];
const deps = (text: string = FLEET) => ({ fleet: parseFleet(text, 'fleet.yml') }) as Deps;
const without = (client: string): Deps =>
  deps(FLEET.replace(new RegExp(`^  ${client}: \\{ machine: .*data.*\\n`, 'm'), ''));

describe('the pulls that show a fault', () => {
  it('go from a client of the machine that is cut off to every relay', () => {
    assert.deepEqual(pullsOf(deps(), { target: 'guardian', from: 'all' }), { client: 'guardian', relays: RELAYS });
  });

  it('come from elsewhere to the relays of a machine whose only clients are in containers, cut off from all or from there', () => {
    assert.deepEqual(pullsOf(deps(), { target: 'machine beast', from: 'all' }), { client: 'q', relays: RELAYS });
    const from = ['guardian'];
    assert.deepEqual(pullsOf(deps(), { target: 'machine beast', from }), { client: 'guardian', relays: RELAYS });
  });

  it('are refused where no client could make them, in words that are so', () => {
    const onlyInside = { type: 'BadInput', message: /^No client runs on guardian outside of containers: the effect/ };
    assert.throws(() => pullsOf(without('guardian'), { target: 'guardian', from: 'all' }), onlyInside);
    const none = deps(FLEET.replace(/^ {2}(q|guardian): \{ machine: .*data.*\n/gm, ''));
    const nowhere = { type: 'BadInput', message: /^No client runs on a machine other than beast: the effect/ };
    assert.throws(() => pullsOf(none, { target: 'machine beast', from: 'all' }), nowhere);
  });
});
