import { strict as assert } from 'node:assert';
import { partitionParams } from '../../src/faults/partition.ts';
import { keyOf } from '../../src/hosts/lease-script.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { withSystemd } from '../faults/stand-ins.ts';
import { cut, eachOnItsMachine, eventually, untilEmpty } from './leased-machine.ts';

describe('leases where systemd runs', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  beforeEach(() => withSystemd(machine()));
  const units = async (): Promise<string> => machine().output('ls', '/run/units');
  const untilHandedOver = (id: string): Promise<void> =>
    eventually(async () => (await units()).includes(keyOf(id)), 'no unit');

  it('hands the lease over to a unit, which heals in time', async () => {
    await leases().arm(cut('unit', { ttlSeconds: 5 }));
    await untilHandedOver('unit');
    await untilEmpty(leases());
    const [reply] = await leases().heal({ ids: ['unit'] }, 'hand');
    assert.ok(reply?.state === 'healed' && reply.by === 'lease', JSON.stringify(reply));
  });

  it('stops the unit after a heal', async () => {
    await leases().arm(cut('unit'));
    await untilHandedOver('unit');
    await leases().heal('all', 'frame');
    assert.equal(await units(), '');
  });

  it('asks for a unit that `systemctl isolate` leaves alone', async () => {
    machine().program('systemd-run', 'echo "$@" >/run/said; exit 1');
    await leases().arm(cut('isolated', { ttlSeconds: 4 }));
    await untilEmpty(leases());
    assert.match(
      await machine().output('cat', '/run/said'),
      /--timer-property=IgnoreOnIsolate=yes -p IgnoreOnIsolate=yes /,
    );
  });

  it('watches the deadline itself when systemd refuses', async () => {
    machine().program('systemd-run', 'exit 1');
    await leases().arm(cut('refused', { ttlSeconds: 4 }));
    await untilEmpty(leases());
  });

  it('finds in a unit what it has found on the PATH of whoever broke it', async () => {
    await machine().output(
      'sh',
      '-c',
      'mkdir /run/odd; cp /usr/sbin/nft /run/odd; mount --bind /dev/null "$(readlink -f /usr/sbin/nft)"',
    );
    const words = ['env', `PATH=/run/odd:${process.env['PATH']}`];
    const odd = leasesOn({ ...machine().host(), asRoot: () => Promise.resolve(words) });
    assert.equal((await odd.arm(cut('odd', { ttlSeconds: 5 }))).state, 'armed');
    await untilHandedOver('odd');
    await untilEmpty(odd);
  });

  it('is not handed what stands in another network than its own, where it would find nothing to heal', async () => {
    const pid = (await machine().output('sh', '-c', 'unshare -n sleep 60 >/dev/null 2>&1 & echo $!')).trim();
    const words = ['nsenter', '-t', pid, '-n'];
    const apart = leasesOn({ ...machine().host(), asRoot: () => Promise.resolve(words) });
    const params = partitionParams.parse({ ...cut('apart').params, tool: 'iptables' });
    assert.equal((await apart.arm(cut('apart', { params, ttlSeconds: 5 }))).state, 'armed');
    await untilEmpty(apart);
    assert.doesNotMatch(await machine().output(...words, 'iptables-save'), /ZK-/);
    const [reply] = await apart.heal({ ids: ['apart'] }, 'hand');
    assert.ok(reply?.state === 'healed' && reply.by === 'lease' && reply.stood, JSON.stringify(reply));
  });

  it('leaves no unit of a lease that was shortened, and so watched anew', async () => {
    await leases().arm(cut('shorter', { ttlSeconds: 600 }));
    await untilHandedOver('shorter');
    await leases().renew('a/1', 5);
    await untilEmpty(leases());
    await eventually(async () => (await units()) === '', 'a unit is left');
  });

  it('heals at the renewed deadline, not at the first one', async () => {
    await leases().arm(cut('renewed', { ttlSeconds: 5 }));
    await untilHandedOver('renewed');
    await leases().renew('a/1', 8);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    assert.equal((await leases().list()).length, 1);
    await untilEmpty(leases());
  });
});
