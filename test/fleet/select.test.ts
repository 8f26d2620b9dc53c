import { strict as assert } from 'node:assert';
import { parseFleet } from '../../src/fleet/load.ts';
import { resolveTarget, resourcesOf, select, SelectError } from '../../src/fleet/select.ts';
import { FLEET } from '../../src/cli/init.ts';

const fleet = parseFleet(FLEET, 'fleet.yml');

describe('selectors', () => {
  it('take one name', () => {
    assert.deepEqual(select(fleet, 'relay-1'), ['relay-1']);
    assert.deepEqual(select(fleet, ' guardian '), ['guardian']);
  });

  it('take all of a kind, in the order of the file', () => {
    assert.deepEqual(select(fleet, 'all relays'), ['relay-1', 'relay-2', 'relay-3']);
    assert.deepEqual(select(fleet, 'all  clients'), ['q', 'beast', 'guardian']);
    assert.deepEqual(select(fleet, 'all machines'), ['machine q', 'machine beast', 'machine guardian']);
  });

  it('name what was probably meant when they mean nothing', () => {
    assert.throws(
      () => select(fleet, 'relay1'),
      new SelectError('no `relay1` in the fleet `distributed`; did you mean `relay-1` or `relay-2` or `relay-3`?'),
    );
    assert.throws(() => select(fleet, 'all ships'), SelectError);
    assert.throws(() => select(fleet, 'constructor'), SelectError);
  });
});

describe('targets', () => {
  it('are containers for relays and for clients in containers', () => {
    assert.deepEqual(resolveTarget(fleet, 'relay-2'), {
      kind: 'relay',
      name: 'relay-2',
      machine: 'beast',
      service: 'relay-2',
    });
    assert.deepEqual(resolveTarget(fleet, 'beast'), {
      kind: 'container',
      name: 'beast',
      machine: 'beast',
      service: 'client-beast',
    });
  });

  it('are machines for clients that run on one, and where a machine is asked for', () => {
    assert.equal(resolveTarget(fleet, 'guardian').kind, 'machine');
    assert.deepEqual(resolveTarget(fleet, 'machine beast'), { kind: 'machine', name: 'beast', machine: 'beast' });
  });

  it('need a whole machine with all that runs on it when they are one', () => {
    assert.deepEqual(resourcesOf(fleet, { target: 'relay-1' }), ['relay-1']);
    assert.deepEqual(resourcesOf(fleet, { target: 'guardian' }), ['machine guardian']);
    assert.deepEqual(resourcesOf(fleet, { target: 'machine beast' }), [
      'machine beast',
      'relay-1',
      'relay-2',
      'relay-3',
      'beast',
    ]);
  });
});
