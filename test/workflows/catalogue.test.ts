import { strict as assert } from 'node:assert';
import { namesIn } from '../../src/contract/scenario.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';
import { told } from './journeys.ts';
import { assertPutBack } from './put-back.ts';
import { sideBySide } from './run.ts';

/** The guide's 16 and what came since, each with the steps of its body, those that run side by side once. */
const BODIES: Record<string, string[]> = {
  mr_01_relay_crash_failover: ['inject relay-1', 'push', 'awaitDelivery'],
  mr_02_fan_out_all_relays: ['push', 'heldBy', 'awaitDelivery'],
  mr_03_relay_restart_new_endpoint: [
    ...['push', 'endpoint', 'inject relay-1', 'endpoint', 'push', 'awaitDelivery'],
    ...['reconfigure', 'push', 'heldBy'],
  ],
  mr_04_all_relays_down: [
    ...['inject relay-1', 'inject relay-2', 'inject relay-3', 'push'],
    ...['heal relay-2', 'reconfigure', 'push', 'awaitDelivery'],
  ],
  cm_01_q_push_guardian_pull: ['push', 'awaitDelivery'],
  cm_02_bidirectional_sync: ['push', 'awaitDelivery'],
  cm_03_three_way_sync: ['push', 'awaitDelivery'],
  cm_04_concurrent_push_pull: ['push', 'awaitDelivery'],
  edge_01_guardian_high_latency: ['inject guardian', 'push', 'awaitDelivery'],
  edge_02_guardian_bandwidth_limit: ['inject guardian', 'push', 'awaitDelivery'],
  edge_03_guardian_partition_recovery: ['inject guardian', 'push', 'look', 'heal guardian', 'awaitDelivery'],
  edge_04_guardian_slow_relay_fast_client: ['inject relay-1', 'push', 'awaitDelivery'],
  net_01_partition_q_beast: ['inject machine beast', 'push', 'heal machine beast', 'push', 'awaitDelivery'],
  net_02_selective_relay_partition: ['inject relay-1', 'push', 'awaitDelivery'],
  net_03_asymmetric_chaos: ['inject relay-1', 'inject relay-2', 'push', 'awaitDelivery'],
  conv_01_convergence_after_multi_failure: [
    ...['inject relay-1', 'inject guardian', 'push', 'heal relay-1', 'heal guardian', 'awaitDelivery'],
  ],
};

describe('the catalogue', function () {
  this.timeout(60_000);
  const start = sideBySide();

  it("has the guide's 16 distributed scenarios and no other without its steps here, in the guide's order", () => {
    assert.deepEqual(Object.keys(scenarios), Object.keys(BODIES));
  });

  for (const [type, body] of Object.entries(BODIES)) {
    const ending = start(type);

    it(`${type} does what its claim speaks of, in order, and passes`, async () => {
      const ended = await ending();
      assertPutBack(ended);
      assert.equal(ended.result?.verdict, 'passed', ended.message);
      const story = told(ended.world.story);
      const from = story.indexOf('arrange') + 1;
      assert.deepEqual(story.slice(from, from + body.length), body);
    });

    it(`${type} breaks what it says, is short, and numbers its claim`, async () => {
      const { definition, body: code } = scenarios[type] ?? assert.fail();
      const defaults = Object.fromEntries(
        Object.entries(definition.options).map(([name, spec]) => [name, spec.default]),
      );
      const { faults } = (await ending()).result ?? assert.fail();
      assert.deepEqual(new Set(faults.map(({ target }) => target)), new Set(namesIn(definition.breaks, defaults)));
      assert.ok(code.toString().split('\n').length <= 17, 'a body of at most 15 lines');
      const [family = '', number = ''] = type.split('_');
      assert.ok(definition.claim.startsWith(`${family.toUpperCase()}-${number}. `), definition.claim);
    });
  }
});
