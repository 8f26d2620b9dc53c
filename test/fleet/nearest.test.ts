import { strict as assert } from 'node:assert';
import { didYouMean, nearest } from '../../src/fleet/nearest.ts';

const SCENARIOS = [
  'mr_01_relay_crash_failover',
  'edge_01_guardian_high_latency',
  'conv_01_convergence_after_multi_failure',
];

describe('nearest names', () => {
  it('are those a few typing errors away, nearest first', () => {
    assert.deepEqual(nearest('relay-9', ['relay-22', 'beast', 'relay-1']), ['relay-1', 'relay-22']);
    assert.deepEqual(nearest('guardain', ['guardians', 'beast', 'guardian']), ['guardian']);
  });

  it('are those that hold what was typed', () => {
    assert.deepEqual(nearest('mr_01', SCENARIOS), ['mr_01_relay_crash_failover']);
  });

  it('do not depend on capitals', () => {
    assert.deepEqual(nearest('BEAST', ['beast']), ['beast']);
  });

  it('are none where nothing is near: then all are named', () => {
    assert.deepEqual(nearest('zebra', ['beast', 'q']), []);
    assert.equal(didYouMean('zebra', ['beast', 'q']), 'known: `beast`, `q`');
    assert.equal(didYouMean('zebra', []), 'none is known');
  });
});
