import { strict as assert } from 'node:assert';
import { resolveFault } from '../../src/activities/resolve.ts';
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
