import { strict as assert } from 'node:assert';
import { dirname } from 'node:path';
import { container, containerParams } from '../../src/faults/container.ts';
import { diffSnapshots, type ArmRequest } from '../../src/hosts/lease.ts';
import { CONTAINER, STARTED, withDocker, withSystemd } from '../faults/stand-ins.ts';
import { SHELLS } from '../faults/subject.ts';
import { cut, eachOnItsMachine, eventually, untilEmpty } from './leased-machine.ts';

type Killed = ArmRequest<ReturnType<typeof containerParams.parse>>;
const params = containerParams.parse({ id: CONTAINER, startedAt: STARTED, action: 'kill' });
const KILL: Killed = {
  ...{ fault: container, params, id: 'kill', owner: 'a/1', target: 'guardian', summary: 'killed', ttlSeconds: 600 },
};
const UNIT = '/etc/systemd/system/0k-chaos-boot.service';
const WANTED = '/etc/systemd/system/multi-user.target.wants/0k-chaos-boot.service';
const SOFT_WANTED = '/run/systemd/system/multi-user.target.wants/0k-chaos-boot.service';
const CRON = '/etc/cron.d/0k-chaos-boot';

for (const [name, shell] of Object.entries(SHELLS))
  describe(`a killed container and a reboot of its machine, under ${name}`, function () {
    this.timeout(60_000);
    const { machine, leases } = eachOnItsMachine(shell);
    beforeEach(() => withDocker(machine()));
    const inShell = (script: string): Promise<string> => machine().output('dash', '-c', script);
    /** The engine's state outlives a reboot. */
    const reboot = async (): Promise<void> => {
      await inShell('mv /run/stand-in-docker /var/lib');
      await machine().reboot();
      await inShell('mv /var/lib/stand-in-docker /run');
    };
    const isUp = async (): Promise<boolean> => / true false /.test(await inShell('cat /run/stand-in-docker'));
    const files = (): Promise<string> =>
      inShell(
        `find /run/systemd/system -mindepth 1; ls -d ${UNIT}* ${WANTED}* ${CRON}* /var/lib/0k-chaos/* 2>/dev/null | grep -v healed$ || :`,
      );
    const kill = async () => {
      const reply = await leases().arm(KILL);
      await inShell(`docker kill ${CONTAINER}`);
      return reply;
    };
    const asUnitSays = (unit = WANTED): string =>
      `set -- $(sed -n s/^ExecStart=//p ${unit}); exec setsid "$@" </dev/null >/dev/null 2>&1 &`;
    const softReboot = async (unit?: string): Promise<void> => {
      await inShell('kill -KILL -1; rm -f /run/units/*');
      await inShell(asUnitSays(unit));
    };

    it('comes back by what systemd starts, once the engine is up, and nothing of ours is left', async () => {
      await withSystemd(machine());
      const before = await leases().snapshot();
      const reply = await kill();
      assert.ok(reply.state === 'armed' && reply.boot === 'systemd', JSON.stringify(reply));
      await reboot();
      await inShell(`touch /run/docker-is-down; ${asUnitSays()}`);
      await eventually(async () => {
        const [entry] = await leases().list();
        return (
          entry?.state === 'leased' && entry.tries >= 2 && entry.since !== null && /Docker daemon/.test(entry.note)
        );
      });
      assert.equal(await isUp(), false);
      await inShell('rm /run/docker-is-down');
      await untilEmpty(leases());
      assert.equal(await isUp(), true);
      await eventually(async () => (await files()) === '');
      const after = await leases().snapshot();
      assert.deepEqual([...diffSnapshots(before, after), ...(after.ours ?? [])], []);
      const [healed] = await leases().heal({ ids: ['kill'] }, 'hand');
      assert.ok(healed?.state === 'healed' && healed.by === 'lease', JSON.stringify(healed));
    });

    it('comes back after `systemctl soft-reboot`, which ends all that watches and leaves everything else', async () => {
      await withSystemd(machine());
      await kill();
      await softReboot();
      await untilEmpty(leases());
      assert.equal(await isUp(), true);
      await eventually(async () => (await files()) === '');
    });

    it('is followed by the end of a cut after `systemctl soft-reboot`, which keeps it in the kernel', async () => {
      await withSystemd(machine());
      const before = await leases().snapshot();
      await leases().arm(cut('iptables', { params: { ...cut('iptables').params, tool: 'iptables' } }));
      await leases().arm(cut('nft'));
      assert.deepEqual(diffSnapshots(before, await leases().snapshot()), []);
      assert.match(await inShell('iptables-save; nft list tables'), /ZK-.*zk_/s);
      await softReboot(SOFT_WANTED);
      await untilEmpty(leases());
      assert.doesNotMatch(await inShell('iptables-save; nft list tables'), /ZK-|zk_/);
      await eventually(async () => (await files()) === '');
      const [healed] = await leases().heal({ ids: ['iptables'] }, 'hand');
      assert.ok(healed?.state === 'healed' && healed.by === 'lease' && healed.stood, JSON.stringify(healed));
    });

    it('comes back by what cron starts, where there is no systemd', async () => {
      machine().program('cron', ':');
      const reply = await kill();
      assert.ok(reply.state === 'armed' && reply.boot === 'cron', JSON.stringify(reply));
      await reboot();
      await inShell(`eval "$(sed -n 's/^@reboot root //p' ${CRON})" &`);
      await untilEmpty(leases());
      assert.equal(await isUp(), true);
      await eventually(async () => (await files()) === '');
    });

    it('is said not to come back by itself where there is neither, and comes back by a heal', async () => {
      const reply = await kill();
      assert.ok(reply.state === 'armed' && reply.boot === 'none', JSON.stringify(reply));
      const [entry] = await leases().list();
      assert.ok(entry?.state === 'leased' && entry.boot === 'none', JSON.stringify(entry));
      await reboot();
      assert.equal((await leases().heal('all', 'sweep'))[0]?.state, 'healed');
      assert.equal(await isUp(), true);
    });
  });

describe('what acts at boot', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  beforeEach(() => withDocker(machine()));
  const inShell = (script: string): Promise<string> => machine().output('dash', '-c', script);

  it('stands on the disk before the fault does', async () => {
    await withSystemd(machine());
    machine().program(
      'sync',
      `{ ls ${WANTED} ${UNIT} /var/lib/0k-chaos/boot.sh; ls /var/lib/0k-chaos | grep -c 'lease$'; } >/run/synced 2>&1; echo "$@" >>/run/said; exec /bin/sync "$@"`,
    );
    assert.equal((await leases().arm(KILL)).state, 'armed');
    assert.deepEqual((await inShell('cat /run/synced')).split('\n').slice(0, -1).toSorted(), [
      ...[UNIT, WANTED, '/var/lib/0k-chaos/boot.sh'],
      '1',
    ]);
    assert.match(await inShell('cat /run/said'), /boot\.sh\S*\n.*boot\.service .*wants\n.*\.until \S+\.lease/s);
    assert.match(
      await inShell(`stat -c '%a %U' ${UNIT}; readlink ${WANTED}; cat ${UNIT}`),
      /^644 root\n.*boot\.service\n\[Unit\]/,
    );
  });

  it('stays until the last such lease is healed', async () => {
    await withSystemd(machine());
    const other = `${CONTAINER.slice(0, 60)}beef`;
    await inShell('mv /usr/local/sbin/docker /usr/local/sbin/docker-of-one');
    machine().program(
      'docker',
      `case "$*" in *${other}) echo '${STARTED} true false' ;; *) exec docker-of-one "$@" ;; esac`,
    );
    await leases().arm(KILL);
    await leases().arm({ ...KILL, id: 'other', params: { ...params, id: other } });
    await leases().heal({ ids: ['kill'] }, 'hand');
    assert.match(await inShell(`ls ${WANTED}`), /boot/);
    await leases().heal({ ids: ['other'] }, 'hand');
    assert.equal((await machine().exec(['ls', WANTED])).exitCode, 2);
  });

  it('after `systemctl soft-reboot` stays until the last lease is healed', async () => {
    await withSystemd(machine());
    await leases().arm(cut('a'));
    await leases().arm(cut('b'));
    await leases().heal({ ids: ['a'] }, 'hand');
    assert.match(await inShell(`ls ${SOFT_WANTED}; stat -c %a ${dirname(SOFT_WANTED)}`), /boot.*\n755/);
    await leases().heal({ ids: ['b'] }, 'hand');
    assert.equal(await inShell('find /run/systemd/system -mindepth 1'), '');
  });

  it('that was left by somebody who was killed is seen by a look, and goes with the next heal', async () => {
    const left = [UNIT, '/var/lib/0k-chaos/boot.sh', SOFT_WANTED];
    await inShell(`mkdir -p /var/lib/0k-chaos ${dirname(SOFT_WANTED)}; touch ${left.join(' ')}`);
    assert.deepEqual((await leases().snapshot()).ours, left);
    assert.deepEqual((await leases().check()).ours, left);
    await leases().heal('all', 'hand');
    assert.deepEqual((await leases().snapshot()).ours, []);
  });

  it('is needed: a machine that could have it, and cannot be given it, is not broken', async () => {
    await withSystemd(machine());
    await inShell('mount -t tmpfs -o nr_inodes=1 full /etc/systemd/system');
    const reply = await leases().arm(KILL);
    assert.ok(reply.state === 'unarmed' && /full/.test(reply.evidence), JSON.stringify(reply));
    assert.equal(await inShell('ls /var/lib/0k-chaos'), '');
  });

  it('cannot be where /etc is read-only: that is said', async () => {
    await withSystemd(machine());
    await inShell('mount -o remount,ro /etc/systemd/system');
    const reply = await leases().arm(KILL);
    assert.ok(reply.state === 'armed' && reply.boot === 'none', JSON.stringify(reply));
  });

  it('is not needed for a cut, which is armed where /run/systemd/system is read-only too', async () => {
    await withSystemd(machine());
    await inShell('mount --bind /run/systemd/system /run/systemd/system; mount -o remount,bind,ro /run/systemd/system');
    const reply = await leases().arm(cut('a'));
    assert.equal(reply.state, 'armed', JSON.stringify(reply));
    assert.deepEqual((await leases().heal('all', 'hand'))[0]?.state, 'healed');
  });
});
