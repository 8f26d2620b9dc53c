import { strict as assert } from 'node:assert';
import { describeIntent, intentsOf, type Intent } from '../../src/cli/recording-chaos.ts';
import { worstCaseSeconds } from '../../src/cli/worst-case.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';
import { fleet } from './fleets.ts';

async function stepsOf(name: string, options: Record<string, number | string> = {}) {
  const scenario = scenarios[name];
  assert.ok(scenario);
  return intentsOf(scenario, options, []);
}

describe('what a plan says of a body', () => {
  it('tells every step in the order of the body', async () => {
    const intents = await stepsOf('conv_01_convergence_after_multi_failure', { messages: 5 });
    assert.deepEqual(intents.map(describeIntent), [
      'break 1: kill relay-1 (SIGKILL)',
      'break 2: cut guardian off from everything but control',
      'q pushes 5 messages',
      'heal 1: kill relay-1 (SIGKILL)',
      'heal 2: cut guardian off from everything but control',
      'claim: q, beast, guardian get 5 messages',
    ]);
  });

  it('follows the options that were chosen', async () => {
    const intents = await stepsOf('edge_03_guardian_partition_recovery', { messages: 2, cut: 'pair' });
    const [first] = intents;
    assert.ok(first?.does === 'inject');
    assert.deepEqual(first.spec, { kind: 'partition', target: 'guardian', from: ['beast'], direction: 'both' });
  });

  it('gets through the body of every scenario there is', async () => {
    for (const [name, { definition }] of Object.entries(scenarios)) {
      const defaults = Object.fromEntries(Object.entries(definition.options).map(([key, spec]) => [key, spec.default]));
      const intents = await stepsOf(name, defaults);
      assert.ok(
        intents.some(({ does }) => does.startsWith('expect')),
        `${name} checks nothing`,
      );
    }
  });

  it('is longer at worst with every message that is pushed, by the deadline of a command', async () => {
    const seconds = async (messages: number) =>
      worstCaseSeconds(await stepsOf('conv_01_convergence_after_multi_failure', { messages }), fleet());
    assert.equal((await seconds(3)) - (await seconds(2)), fleet().times.commandSeconds);
  });

  it('counts a heal for a fault that the body leaves standing', async () => {
    const intents = await stepsOf('mr_01_relay_crash_failover');
    const { healthySeconds } = fleet().times;
    const healed: Intent[] = [...intents, { does: 'heal', n: 1, what: '' }];
    assert.equal(worstCaseSeconds(healed, fleet()), worstCaseSeconds(intents, fleet()));
    assert.ok(worstCaseSeconds(intents, fleet()) > 2 * healthySeconds);
  });
});
