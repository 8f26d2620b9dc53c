import { strict as assert } from 'node:assert';
import { checkBody } from '../../src/cli/check-spec.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';
import { FLEET } from '../../src/cli/init.ts';
import { parseFleet } from '../../src/fleet/load.ts';
import { folderWith } from './fleets.ts';
import { chaosWith } from './program.ts';

const EDGE_01 = 'edge_01_guardian_high_latency';

function check(name: string, options: Record<string, number | string> = {}): Promise<unknown> {
  const scenario = scenarios[name] ?? assert.fail(name);
  const defaults = Object.entries(scenario.definition.options).map(([key, spec]) => [key, spec.default] as const);
  return checkBody(parseFleet(FLEET, 'fleet.yml'), scenario, { ...Object.fromEntries(defaults), ...options });
}

describe('what a body would break', function () {
  this.timeout(60_000);

  it('can be, in every scenario as it stands, and with an effect that is switched off', async () => {
    for (const name of Object.keys(scenarios)) await check(name);
    await check(EDGE_01, { jitterMs: 0 });
  });

  it('is refused where its options do not go together, or leave nothing to break', async () => {
    const why = /^50 ms ± 100 ms on guardian towards beast is not possible:\n.*at most `delayMs`[^]*at jitterMs$/;
    await assert.rejects(check(EDGE_01, { delayMs: 50 }), { kind: 'BadInput', exitCode: 2, message: why });
    const nothing = /^0 % loss on relay-2 is not possible:\n.*needs at least one of delayMs, /;
    await assert.rejects(check('net_03_asymmetric_chaos', { lossPercent: 0 }), { message: nothing });
  });

  it('is refused before anything is started, as one run, one of several, or a plan', async () => {
    const { dir, file, remove } = folderWith(FLEET);
    try {
      for (const words of [
        ['run', 'edge_01'],
        ['run', 'edge_01', 'edge_02'],
        ['plan', 'edge_01'],
      ]) {
        const nobody = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
        const { code, stderr } = await chaosWith(nobody, dir, ...words, '--set', 'delayMs=50', '--fleet', file);
        assert.deepEqual([code, /is not possible/.test(stderr)], [2, true], `${words.join(' ')}: ${stderr}`);
      }
      const { code, stderr } = await chaosWith(
        {},
        dir,
        'plan',
        'edge_02',
        '--set',
        'interface=eth0 up',
        '--fleet',
        file,
      );
      assert.deepEqual([code, /an interface name is 1 to 15 bytes/.test(stderr)], [2, true], stderr);
    } finally {
      remove();
    }
  });
});
