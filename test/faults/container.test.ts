import { strict as assert } from 'node:assert';
import { container, containerParams, type ContainerParams } from '../../src/faults/container.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { behavesAsFault } from './fault-contract.ts';
import { ScratchMachine, whyNoScratchMachine } from './scratch-machine.ts';
import { CONTAINER, STARTED, withDocker } from './stand-ins.ts';

const params = (action: ContainerParams['action']): ContainerParams => ({ id: CONTAINER, startedAt: STARTED, action });
const COMPOSE = {
  ...{ project: 'dist-chaos', service: 'relay-1', directory: '/run', file: 'compose.yml' },
  words: ['docker', 'compose'],
};
const docker = (machine: ScratchMachine, verb: string): Promise<string> => machine.output('docker', verb, CONTAINER);

for (const action of ['kill', 'stop', 'pause'] as const) {
  behavesAsFault({
    name: `container ${action}`,
    ...(action !== 'kill' && { shells: ['dash'] }),
    fault: container,
    params: () => params(action),
    prepare: withDocker,
    endByHand: async (machine) => void (await docker(machine, action === 'pause' ? 'unpause' : 'start')),
    plantForeign: async (machine) => {
      await docker(machine, 'stop');
      return () => machine.output('cat', '/run/stand-in-docker');
    },
  });
}

behavesAsFault({
  name: 'container restart',
  shells: ['dash'],
  fault: container,
  params: () => params('restart'),
  prepare: withDocker,
  endByHand: () => Promise.resolve(),
  endsItself: true,
});

behavesAsFault({
  name: 'container recreate',
  shells: ['dash'],
  fault: container,
  params: () => ({ ...params('recreate'), compose: COMPOSE }),
  prepare: withDocker,
  act: async (machine) => void (await machine.output('docker', 'compose', 'up', '--force-recreate', 'relay-1')),
  endByHand: () => Promise.resolve(),
  endsItself: true,
  plantForeign: async (machine) => {
    await docker(machine, 'stop');
    return () => machine.output('cat', '/run/stand-in-docker');
  },
});

describe('container', () => {
  it('is broken with SIGKILL unless another signal is named', () => {
    const words = (of: ContainerParams) => container.inject(of).map((argv) => argv.slice(3).join(' '));
    assert.deepEqual(words(params('kill')), ['kill SIGKILL']);
    assert.deepEqual(words({ ...params('kill'), signal: 'SIGTERM' }), ['kill SIGTERM']);
    assert.deepEqual(words(params('pause')), ['pause SIGKILL']);
  });

  it('refuses words that are no container, no time, no signal, and signals that only freeze', () => {
    for (const wrong of [
      { ...params('kill'), id: '$(reboot)' },
      { ...params('kill'), startedAt: 'yesterday' },
      { ...params('kill'), signal: 'SIGKILL; reboot' },
      { ...params('kill'), signal: 'SIGSTOP' },
      { ...params('stop'), signal: 'SIGTERM' },
      { ...params('stop'), unknown: 1 },
      params('recreate'),
      { ...params('stop'), compose: COMPOSE },
      { ...params('rebuild'), compose: { ...COMPOSE, directory: '~/0k-sync' } },
    ])
      assert.equal(containerParams.safeParse(wrong).success, false, JSON.stringify(wrong));
  });
});

describe('container on a machine', function () {
  this.timeout(60_000);
  let machine: ScratchMachine;
  beforeEach(async function () {
    if (whyNoScratchMachine() !== undefined) return this.skip();
    machine = await ScratchMachine.start();
    await withDocker(machine);
  });
  afterEach(() => machine?.stop());
  const arm = () =>
    leasesOn(machine.host()).arm({
      ...{ fault: container, params: params('kill'), id: 'a/b/1', owner: 'a/b', target: 'relay-1', summary: 'kill' },
      ttlSeconds: 30,
    });

  for (const [half, command] of [
    ['without a container', 'rm'],
    ['with one that was not started', 'stop'],
  ] as const)
    it(`finishes a recreate that was interrupted ${half}`, async () => {
      const leases = leasesOn(machine.host());
      const recreated = { ...params('recreate'), compose: COMPOSE };
      await leases.arm({
        ...{ fault: container, params: recreated, id: 'a/b/2', owner: 'a/b', target: 'relay-1', summary: 'recreate' },
        ttlSeconds: 30,
      });
      await docker(machine, command);
      const [entry] = await leases.list({ probe: true });
      assert.ok(entry?.state === 'leased' && entry.standing, JSON.stringify(entry));
      const [reply] = await leases.heal({ ids: ['a/b/2'] }, 'frame');
      assert.ok(reply?.state === 'healed', JSON.stringify(reply));
      assert.match(await machine.output('cat', '/run/stand-in-docker'), / true false 1/);
    });

  it('leaves a container alone that somebody stopped after it was started again', async () => {
    await arm();
    for (const verb of ['start', 'stop']) await docker(machine, verb);
    const before = await machine.output('cat', '/run/stand-in-docker');
    const [reply] = await leasesOn(machine.host()).heal({ ids: ['a/b/1'] }, 'frame');
    assert.equal(reply?.state, 'healed');
    assert.equal(await machine.output('cat', '/run/stand-in-docker'), before);
  });

  it('does not count as healed while the Docker engine cannot be asked', async () => {
    await arm();
    await machine.output('touch', '/run/docker-is-down');
    const [reply] = await leasesOn(machine.host()).heal({ ids: ['a/b/1'] }, 'frame');
    assert.ok(
      reply?.state === 'stands' && reply.evidence.includes('Cannot connect to the Docker daemon'),
      JSON.stringify(reply),
    );
    await machine.output('rm', '/run/docker-is-down');
    assert.equal((await leasesOn(machine.host()).heal({ ids: ['a/b/1'] }, 'frame'))[0]?.state, 'healed');
    assert.match(await machine.output('cat', '/run/stand-in-docker'), / true false /);
  });

  it('is not acted on again once it is another incarnation', async () => {
    await arm();
    await docker(machine, 'start');
    const again = await arm();
    assert.ok(again.state === 'inject-failed' && !again.standing, JSON.stringify(again));
  });

  it('survives a reboot in the ledger', async () => {
    await arm();
    assert.match(await machine.output('ls', '/var/lib/0k-chaos'), /\.lease/);
  });
});
