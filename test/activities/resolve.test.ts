import { strict as assert } from 'node:assert';
import type { Deps } from '../../src/activities/deps.ts';
import { deviceTowards } from '../../src/activities/resolve-machine.ts';
import { resolveFault } from '../../src/activities/resolve.ts';
import { saying } from '../hosts/saying.ts';
import { container, fakeDeps } from './ground/fake-fleet.ts';

describe('a fault of a relay that has no network of its own', () => {
  const deps = fakeDeps({ beast: { containers: [container('relay-1', { id: 'c0ffee012345', sharesNetwork: true })] } });

  for (const spec of [
    { kind: 'partition', target: 'relay-1', from: 'all', direction: 'both' },
    { kind: 'netem', target: 'relay-1', delayMs: 100 },
  ] as const)
    it(`is refused where it is a ${spec.kind}: it would be one of its machine`, async () => {
      const said = /relay-1 has no network of its own .*Break beast itself/;
      await assert.rejects(resolveFault(deps, 'w/r/1', spec), { type: 'BadInput', message: said });
    });

  it('is possible where it is a kill', async () => {
    const { machine, kind } = await resolveFault(deps, 'w/r/1', {
      kind: 'container',
      target: 'relay-1',
      action: 'kill',
    });
    assert.deepEqual([machine, kind], ['beast', 'container']);
  });
});

describe('the interface towards a peer', () => {
  const towards = (answer: string): Promise<string> => {
    const deps = fakeDeps({});
    const machines = {
      ...deps.fleet.machines,
      guardian: { ...deps.fleet.machines['beast'], addresses: ['192.0.2.1'] },
    };
    const hosts = { get: () => saying('beast', answer), close: () => Promise.resolve() };
    return deviceTowards({ ...deps, fleet: { ...deps.fleet, machines }, hosts } as Deps, 'beast', 'guardian');
  };

  it('is the one that the machine names', async () => {
    assert.equal(await towards('[{"dst":"192.0.2.1","dev":"eth1","flags":[]}]'), 'eth1');
  });

  for (const answer of ['', 'null', '{}', '"eth1"', '[null]', '[{"dev":7}]', '[]', 'x'.repeat(1_000_000)])
    it(`is not known where it answers ${answer.slice(0, 20) || 'nothing'}`, async () => {
      await assert.rejects(towards(answer), (error: Error & { type?: string }) => {
        assert.equal(error.type, 'GroundFailed', String(error));
        assert.match(error.message, /`ip -j route get 192\.0\.2\.1` names no interface/);
        return error.message.length < 1_000;
      });
    });
});
