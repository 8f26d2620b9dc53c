import { strict as assert } from 'node:assert';
import { container, containerParams } from '../../src/faults/container.ts';
import { partitionParams } from '../../src/faults/partition.ts';
import { leasesOn, type ArmRequest } from '../../src/hosts/lease.ts';
import { LEASE_SCRIPT } from '../../src/hosts/lease-script.ts';
import { CONTAINER, STARTED, withDocker } from '../faults/stand-ins.ts';
import { cut, eachOnItsMachine, untilEmpty } from './leased-machine.ts';

type Broken = Partial<ReturnType<typeof containerParams.parse>>;
const broken = (more: Broken, ttlSeconds = 60): ArmRequest<ReturnType<typeof containerParams.parse>> => ({
  params: containerParams.parse({ id: CONTAINER, startedAt: STARTED, action: 'kill', ...more }),
  ...{ fault: container, id: 'x', owner: 'a/1', target: 'guardian', summary: 'broken', ttlSeconds },
});

describe('leases that a Docker engine could mislead', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  const inShell = (script: string): Promise<string> => machine().output('dash', '-c', script);
  const state = async (): Promise<string> => (await inShell('cat /run/stand-in-docker')).trim();
  const healed = async () => (await leases().heal({ ids: ['x'] }, 'hand'))[0];
  /** `before` is done by the engine's client, and then it does what it was told. */
  const docker = async (before: string): Promise<void> => {
    await inShell('mv /usr/local/sbin/docker /usr/local/sbin/engine');
    machine().program('docker', `${before}\nexec /usr/local/sbin/engine "$@"`);
  };
  const late = (words: string, client: string): Promise<void> =>
    docker(
      `case "$*" in '${words} '*) setsid dash -c 'sleep 4; exec /usr/local/sbin/engine "$@"' _ "$@" </dev/null >/dev/null 2>&1 9<&- & ${client} ;; esac`,
    );

  for (const [why, says] of [
    [
      'has no socket',
      'failed to connect to the docker API at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: no such file or directory',
    ],
    ['is not there', 'timeout: failed to run command ‘docker’: No such file or directory'],
  ])
    it(`an engine that ${why} does not say that the container is gone`, async () => {
      await withDocker(machine());
      assert.equal((await leases().arm(broken({}))).state, 'armed');
      await docker(`[ ! -e /run/away ] || { echo '${says}' >&2; exit 1; }`);
      await inShell('touch /run/away');
      assert.equal((await healed())?.state, 'stands');
      await inShell('rm /run/away');
      assert.equal((await healed())?.state, 'healed');
      assert.match(await state(), / true false /);
    });

  for (const [what, says, state] of [
    ['nothing', ':', 'stands'],
    ['half an answer', 'echo 2026-11-22T17:13:52.010937895Z', 'stands'],
    ['a warning beside its answer', 'echo Warning >&2; /usr/local/sbin/engine "$@"; echo Warning >&2', 'healed'],
  ])
    for (const [where, id] of [
      ['a container', 'x'],
      ['the network of one', 'y'],
    ])
      it(`an engine that says ${what} of ${where} is ${state === 'healed' ? '' : 'not '}believed`, async () => {
        await withDocker(machine());
        const place = { on: 'container', id: CONTAINER, startedAt: STARTED } as const;
        const params = partitionParams.parse({ id: 'y', place, tool: 'nft', from: 'all' });
        const request = id === 'x' ? broken({}) : cut('y', { params, ttlSeconds: 600 });
        assert.equal((await leases().arm(request as ReturnType<typeof broken>)).state, 'armed');
        await docker(`[ ! -e /run/odd ] || { ${says}; exit 0; }`);
        await inShell('touch /run/odd');
        assert.equal((await leases().heal({ ids: [id ?? ''] }, 'hand'))[0]?.state, state);
        await inShell('rm /run/odd');
        assert.equal((await leases().heal({ ids: [id ?? ''] }, 'hand'))[0]?.state, 'healed');
      });

  it('an engine that is down is no engine without containers', async () => {
    await withDocker(machine());
    assert.equal(Object.keys((await leases().snapshot()).containers ?? {}).length, 1);
    await inShell('touch /run/docker-is-down');
    assert.equal((await leases().snapshot()).containers, null);
    await inShell('rm /run/docker-is-down /run/stand-in-docker');
    assert.deepEqual((await leases().snapshot()).containers, {});
  });

  it('a container that is just being removed is none: its service gets another', async () => {
    await withDocker(machine());
    const files = { directory: '/run', file: 'compose.yml', words: ['docker', 'compose'] };
    const compose = { project: 'relays', service: 'relay-1', ...files };
    assert.equal((await leases().arm(broken({ action: 'recreate', compose }))).state, 'armed');
    await docker(`[ "$1" != ps ] || [ -e /run/stand-in-docker ] || { echo ${CONTAINER}; exit; }`);
    await inShell('rm /run/stand-in-docker');
    assert.equal((await healed())?.state, 'healed');
    assert.match(await state(), /18:30:00.* true false /);
  });

  it('a container that takes its time to end after a SIGTERM is started again', async () => {
    await withDocker(machine());
    await late('kill', 'exit');
    assert.equal((await leases().arm(broken({ signal: 'SIGTERM' }))).state, 'armed');
    assert.equal((await healed())?.state, 'healed');
    assert.match(await state(), /18:00:00.* true false /);
  });

  for (const action of ['stop', 'restart'] as const)
    it(`a ${action} that goes on in the engine, whose client was given up, is waited for, and takes 10 s at most`, async () => {
      await withDocker(machine());
      await late(`${action} -t 10`, 'exec sleep 4');
      const hasty = leasesOn(machine().host(), { script: LEASE_SCRIPT.replace('within 30 "$@"', 'within 2 "$@"') });
      assert.equal((await hasty.arm(broken({ action }))).state, 'inject-failed');
      await untilEmpty(hasty);
      assert.match(await state(), /18:00:00.* true false /);
    });
});
