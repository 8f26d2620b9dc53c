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
    it(`an engine that says ${what} is ${state === 'healed' ? '' : 'not '}believed`, async () => {
      await withDocker(machine());
      assert.equal((await leases().arm(broken({}))).state, 'armed');
      await docker(`[ ! -e /run/odd ] || { ${says}; exit 0; }`);
      await inShell('touch /run/odd');
      assert.equal((await healed())?.state, state);
      await inShell('rm /run/odd');
      assert.equal((await healed())?.state, 'healed');
    });

  describe('with what stands in the network of a container', () => {
    const place = { on: 'container', id: CONTAINER, startedAt: STARTED } as const;
    const params = partitionParams.parse({ id: 'x', place, tool: 'iptables', from: 'all' });
    const armed = async (client: string): Promise<string> => {
      await withDocker(machine());
      const pid = await inShell(
        `unshare -n sleep 600 >/dev/null 2>&1 & until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done; echo $!`,
      );
      await inShell(`echo '${STARTED} true false ${pid.trim()}' >/run/stand-in-docker`);
      assert.equal((await leases().arm(cut('x', { params, ttlSeconds: 600 }))).state, 'armed');
      await docker(`[ ! -e /run/odd ] || { ${client}; }`);
      await inShell('touch /run/odd');
      return pid.trim();
    };

    for (const [what, client] of [
      ['says nothing', 'exit 0'],
      ['says half an answer', 'echo 2026-11-22T17:13:52.010937895Z; exit'],
      ['is away', 'echo "Cannot connect to the Docker daemon" >&2; exit 1'],
      ['hangs', 'exec sleep 600'],
    ])
      it(`an engine that ${what} keeps that from no end`, async () => {
        const pid = await armed(client ?? '');
        const hasty = leasesOn(machine().host(), { script: LEASE_SCRIPT.replace('within 30 "$@"', 'within 2 "$@"') });
        const [reply] = await hasty.heal({ ids: ['x'] }, 'hand');
        assert.ok(reply?.state === 'healed' && reply.stood, JSON.stringify(reply));
        assert.doesNotMatch(await inShell(`nsenter -t ${pid} -n iptables-save`), /ZK-/);
      });

    it('an engine that is away does not say that the container is gone', async () => {
      const pid = await armed('echo "Cannot connect to the Docker daemon" >&2; exit 1');
      await inShell(`kill -KILL ${pid}`);
      assert.equal((await healed())?.state, 'stands');
      await inShell('rm /run/odd /run/stand-in-docker');
      assert.equal((await healed())?.state, 'healed');
    });
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

  it('a Compose of one file, which unpacks itself into a folder to run from there, is not given one from which nothing runs', async () => {
    await withDocker(machine());
    machine().program(
      'compose',
      'at=$(mktemp) || exit; cp /usr/bin/env $at; chmod 700 $at; $at docker compose; ended=$?; rm $at; exit $ended',
    );
    const compose = {
      project: 'relays',
      service: 'relay-1',
      directory: '/run',
      file: 'compose.yml',
      words: ['compose'],
    };
    assert.equal((await leases().arm(broken({ action: 'recreate', compose }))).state, 'armed');
    await inShell('rm /run/stand-in-docker; mount -o remount,noexec /run');
    const reply = await healed();
    assert.equal(reply?.state, 'healed', JSON.stringify(reply));
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
