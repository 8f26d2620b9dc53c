import { strict as assert } from 'node:assert';
import { discoveryConfig } from '../../lab/discovery.ts';
import { aRecord } from './record.ts';

describe('the ways to a relay that discovery is told', () => {
  it('are the cable between the machines, and the forwarded port on this machine', () => {
    const { relays } = discoveryConfig(aRecord({}));
    assert.deepEqual(relays['relay-2'], ['10.77.0.10:8191', '127.0.0.1:42002']);
  });

  it('go round the cable only when the second path is on', () => {
    assert.equal(discoveryConfig(aRecord({ secondPath: false })).secondPathOn, false);
    const { secondPath, secondPathOn } = discoveryConfig(aRecord({ secondPath: true }));
    assert.equal(secondPathOn, true);
    assert.deepEqual(secondPath['relay-3'], ['10.0.2.2:42003']);
  });
});
