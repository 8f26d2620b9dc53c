import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { netem, netemParams } from '../../src/faults/netem.ts';
import { leasesOn } from '../../src/hosts/lease.ts';
import { keyOf, LEASE_SCRIPT } from '../../src/hosts/lease-script.ts';
import { withSystemd, withTrafficControl } from '../faults/stand-ins.ts';
import { cut, eachOnItsMachine, untilEmpty } from './leased-machine.ts';

const key = keyOf('x');

describe('leases that somebody could mislead', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  const inShell = (script: string): Promise<string> => machine().output('dash', '-c', script);
  const healed = async () => (await leases().heal({ ids: ['x'] }, 'hand'))[0];

  it('a timeout that cannot kill, as of an old busybox, is none: cuts stand, and end by themselves', async () => {
    machine().program(
      'timeout',
      `[ "$1" != -k ] || { echo "timeout: invalid option -- 'k'" >&2; exit 1; }; exec /usr/bin/timeout "$@"`,
    );
    assert.equal((await leases().arm(cut('x', { ttlSeconds: 2 }))).state, 'armed');
    await untilEmpty(leases());
    assert.equal(await inShell('nft list tables'), '');
  });

  it('a deadline further away than the lease is long is over', async () => {
    await leases().arm(cut('x', { ttlSeconds: 2 }));
    await inShell(`cd /run/0k-chaos; read -r deadline rest <${key}.until; echo "9$deadline $rest" >${key}.until`);
    await untilEmpty(leases());
  });

  it('the mark of a unit that systemd never had is no watch: the next renewal starts one', async () => {
    await withSystemd(machine());
    machine().program('systemd-run', 'mkdir /run/once && kill -KILL $(cut -d " " -f 4 /proc/$PPID/stat); exit 1');
    assert.equal((await leases().arm(cut('x', { ttlSeconds: 10 }))).state, 'armed');
    await pause(2_500);
    assert.match(await inShell('ls /run/0k-chaos'), new RegExp(`${key}.systemd.timer`));
    await leases().renew('a/1', 6);
    await untilEmpty(leases());
  });

  it('what is not here is only called so once a late inject is refused', async () => {
    await leases().list();
    await inShell('mount -t tmpfs -o mode=700,size=1M small /run/0k-chaos');
    await leases().list();
    await inShell('cat /dev/zero >/run/0k-chaos/filler 2>/dev/null || :');
    const reply = await healed();
    assert.ok(reply?.state === 'stands', JSON.stringify(reply));
    assert.match(reply.evidence, /may be on its way, and \/run\/0k-chaos cannot be written/);
  });

  it('no link is followed where a mark, a fence or what was seen is written', async () => {
    await withSystemd(machine());
    const fence = `/var/lib/0k-chaos/fences/${keyOf('guardian')}.new`;
    await inShell(
      `mkdir -m 700 /run/0k-chaos /var/lib/0k-chaos /var/lib/0k-chaos/fences /run/theirs; cd /run/theirs; echo precious | tee a >b
ln -s /run/theirs/a /run/0k-chaos/${key}.systemd.timer; ln -s /run/theirs/b ${fence}; ln -s /run/theirs/made /run/0k-chaos/${key}.seen`,
    );
    await leases().fence({ token: 7, resources: ['guardian'] });
    assert.equal((await leases().arm(cut('x'))).state, 'armed');
    await pause(2_500);
    assert.equal(await inShell('cd /run/theirs; ls; cat a b'), 'a\nb\nprecious\nprecious\n');
  });

  it('a heal of all that meets another heal does not call damaged what that one has healed', async () => {
    const there = '[ -e "$file" ] || [ -h "$file" ] || continue';
    assert.ok(LEASE_SCRIPT.includes(there));
    const slow = leasesOn(machine().host(), { script: LEASE_SCRIPT.replace(there, `${there}; sleep 2`) });
    await leases().arm(cut('x'));
    const all = slow.heal('all', 'sweep');
    await pause(1_000);
    assert.equal((await healed())?.state, 'healed');
    assert.deepEqual(await all, []);
  });

  it('a fence that was just raised stays, though a clock that jumped back makes it the oldest', async () => {
    await leases().fence({ token: 1, resources: ['guardian'] });
    await inShell(
      'cd /var/lib/0k-chaos/fences; i=0; while [ $i -lt 256 ]; do echo 1 >aa$i; i=$((i+1)); done; touch -d 2040-01-01 *',
    );
    await leases().fence({ token: 9, resources: ['other'] });
    const reply = await leases().arm(cut('x', { fence: { token: 3, resources: ['other'] } }));
    assert.equal(reply.state, 'fenced');
  });

  it('an entry of 10 MB holds nobody up', async () => {
    await leases().list();
    await inShell('truncate -s 10M /run/0k-chaos/ab.lease');
    const startedAt = Date.now();
    assert.equal((await leases().arm(cut('x'))).state, 'armed');
    assert.ok(Date.now() - startedAt < 5_000, `${Date.now() - startedAt} ms`);
  });

  it('a process that has the number of a watcher that is gone is left alone', async () => {
    await leases().list();
    await inShell(
      `mkdir -m 700 -p /var/lib/0k-chaos; echo x >/var/lib/0k-chaos/brake
mount -t tmpfs -o mode=700,nr_inodes=4,size=1M small /run/0k-chaos`,
    );
    await leases().list();
    await inShell(
      `while true >/run/0k-chaos/f$i; do i=$((i+1)); done 2>/dev/null
flock /run/0k-chaos sleep 6 </dev/null >/dev/null 2>&1 & sleep 0.5`,
    );
    machine().program('setsid', 'echo $$ >/run/watcher; exec /usr/bin/setsid "$@"');
    const arming = leases().arm(cut('x'));
    await pause(2_000);
    await inShell(
      `read -r pid </run/watcher; echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
/usr/bin/setsid sleep 61 </dev/null >/dev/null 2>&1 & echo $! >/run/bystander`,
    );
    assert.equal(await inShell('cat /run/bystander'), await inShell('cat /run/watcher'));
    await arming;
    await inShell(`sleep 0.5; grep -q '^State:.[^Z]' /proc/$(cat /run/bystander)/status`);
  });

  describe('an ingress hook', () => {
    const delayed = () => {
      const params = netemParams.parse({ id: 'x', place: { on: 'machine' }, dev: 'd0', direction: 'in', delayMs: 10 });
      const about = { id: 'x', owner: 'a/1', target: 'guardian', summary: 'delayed', ttlSeconds: 60 };
      return leases().arm({ fault: netem, params, ...about });
    };
    /** `fails` is done by tc in place of what it was told, once `/run/fails` is there. */
    const tc = async (fails: string): Promise<void> => {
      withTrafficControl(machine());
      await inShell('mv /usr/local/sbin/tc /usr/local/sbin/kernel; ip link add d0 type ifb; ip link set d0 up');
      machine().program('tc', `${fails}\nexec /usr/local/sbin/kernel "$@"`);
      machine().program('ip', `case "$*" in *ifb) exec /sbin/ip link add $3 type ifb ;; esac; exec /sbin/ip "$@"`);
      assert.equal((await delayed()).state, 'armed');
      await inShell('touch /run/fails');
    };

    it('keeps the filters of others where its list cannot be had', async () => {
      await tc(
        `[ -e /run/fails ] && case "$*" in
'-force -batch -') touch /run/healing ;;
*'filter show'*) [ ! -e /run/healing ] || { rm /run/fails /run/healing; echo 'Cannot allocate memory' >&2; exit 1; } ;;
esac`,
      );
      await inShell('kernel filter add dev d0 parent ffff: protocol ip prio 7 flower theirs');
      await healed();
      assert.match(await inShell('kernel filter show dev d0 parent ffff:'), /pref 7 .*theirs/);
    });

    it('keeps its ifb as long as a filter leads there, which else would drop what it catches', async () => {
      await tc(`case "$*" in '-force -batch -') [ ! -e /run/fails ] || { rm /run/fails; kill -KILL $$; } ;; esac`);
      assert.equal((await healed())?.state, 'stands');
      assert.match(await inShell('ip -o link'), / zk\w+:/);
      assert.equal((await healed())?.state, 'healed');
      assert.equal(await inShell('kernel filter show dev d0 parent ffff:'), '');
      assert.doesNotMatch(await inShell('ip -o link'), / zk\w+:/);
    });
  });
});
