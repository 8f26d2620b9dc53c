import { strict as assert } from 'node:assert';
import { keyOf } from '../../src/hosts/lease-script.ts';
import { withSystemd } from '../faults/stand-ins.ts';
import { cut, eachOnItsMachine, untilEmpty } from './leased-machine.ts';

describe('leases where systemd runs', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  beforeEach(() => withSystemd(machine()));
  const units = async (): Promise<string> => machine().output('ls', '/run/units');
  const untilHandedOver = async (id: string): Promise<void> => {
    for (const deadline = Date.now() + 20_000; !(await units()).includes(keyOf(id));) {
      assert.ok(Date.now() < deadline, 'no unit');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

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

  it('heals at the renewed deadline, not at the first one', async () => {
    await leases().arm(cut('renewed', { ttlSeconds: 5 }));
    await untilHandedOver('renewed');
    await leases().renew('a/1', 8);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    assert.equal((await leases().list()).length, 1);
    await untilEmpty(leases());
  });
});
