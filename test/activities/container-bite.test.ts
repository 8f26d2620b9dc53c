import { strict as assert } from 'node:assert';
import { measureContainer } from '../../src/activities/bite/container.ts';
import type { ContainerState } from '../../src/hosts/host.ts';
import { container, fakeDeps } from './ground/fake-fleet.ts';

const measured = async (target: string, was: ContainerState, is: ContainerState) => {
  const beast = { containers: [was] };
  const gauge = measureContainer(fakeDeps({ beast }), { kind: 'container', action: 'pause', target });
  const before = await gauge.before();
  beast.containers = [is];
  return gauge.during(before);
};

describe('the bite of a fault on a container', () => {
  it('is what Docker and the health address say of a relay', async () => {
    const { bit, how } = await measured('relay-1', container('relay-1'), container('relay-1', { status: 'paused' }));
    assert.equal(bit, true);
    assert.match(how, /^relay-1 is paused, its health address says \S/);
  });

  it('is what Docker says of a client, which has no health address', async () => {
    const paused = container('client-beast', { status: 'paused' });
    const { bit, how } = await measured('beast', container('client-beast'), paused);
    assert.deepEqual({ bit, how }, { bit: true, how: 'beast is paused' });
  });
});
