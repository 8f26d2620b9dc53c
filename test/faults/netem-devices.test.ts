import { strict as assert } from 'node:assert';
import { netem, netemParams } from '../../src/faults/netem.ts';
import { eachOnItsMachine } from '../hosts/leased-machine.ts';
import { withTrafficControl } from './stand-ins.ts';
import { SHELLS } from './subject.ts';

// Debian's busybox runs its own applet `tc` before any that is on PATH.
for (const shell of ['dash', 'bash'] as const)
  describe(`netem on an interface that does not stay what it was, under ${shell}`, function () {
    this.timeout(60_000);
    const { machine, leases } = eachOnItsMachine(SHELLS[shell]);
    const inShell = (script: string): Promise<string> => machine().output('dash', '-c', script);
    beforeEach(async () => {
      withTrafficControl(machine());
      await inShell('ip link add d0 type ifb; ip link set d0 up; ip link add other type ifb');
    });
    const arm = async (id: string, direction: 'in' | 'out', toward: string): Promise<void> => {
      const more = { dev: 'd0', direction, toward: [toward], delayMs: 10 };
      const params = netemParams.parse({ id, place: { on: 'machine' }, ...more });
      const about = { owner: 'a/1', target: 'guardian', summary: 'delayed', ttlSeconds: 60 };
      assert.equal((await leases().arm({ fault: netem, params, id, ...about })).state, 'armed');
    };
    const heal = async (id: string) => (await leases().heal({ ids: [id] }, 'hand'))[0]?.state;
    /** As udev, or a person, does it: what the kernel has on it stays. */
    const rename = (): Promise<string> =>
      inShell(
        'ip link set d0 down; ip link set d0 name renamed; cd /run/stand-in-tc; for file in d0.*; do mv $file renamed.${file#d0.}; done',
      );

    it('is not put in place where the kernel would give the interface another queue afterwards', async () => {
      const qdisc = async (kind: string) => {
        await inShell(`mount -t tmpfs core /proc/sys/net/core; echo ${kind} >/proc/sys/net/core/default_qdisc`);
        const about = { owner: 'a/1', target: 'guardian', summary: 'delayed', ttlSeconds: 60 };
        const params = netemParams.parse({ id: kind, place: { on: 'machine' }, dev: 'd0', delayMs: 10 });
        return leases().arm({ fault: netem, params, id: kind, ...about });
      };
      const reply = await qdisc('fq');
      assert.ok(reply.state === 'foreign', JSON.stringify(reply));
      assert.match(
        reply.evidence,
        /^The kernel's default is fq by now.*qdisc del dev d0 root.*\nqdisc fq_codel 0: root /,
      );
      assert.equal((await qdisc('fq_codel')).state, 'armed');
    });

    it('is not put in place on what arrives where no list of interfaces can be had, by which its end is told', async () => {
      machine().program('ip', "echo 'ip: not found' >&2; exit 127");
      const about = { owner: 'a/1', target: 'guardian', summary: 'delayed', ttlSeconds: 60 };
      const params = netemParams.parse({ id: 'x', place: { on: 'machine' }, dev: 'lo', direction: 'in', delayMs: 10 });
      const reply = await leases().arm({ fault: netem, params, id: 'x', ...about });
      assert.ok(reply.state === 'unarmed' && /ip: not found/.test(reply.evidence), JSON.stringify(reply));
    });

    it('takes its filters away where somebody has taken away its device, without which they drop what they catch', async () => {
      await arm('x', 'in', '192.0.2.1');
      await arm('y', 'in', '192.0.2.2');
      const ifb = /device (zk\w+)\)/.exec(await inShell('tc filter show dev d0 | grep -F 192.0.2.1'))?.[1] ?? '';
      await inShell(`ip link del ${ifb}; sed -i 's/device ${ifb})/device *)/' /run/stand-in-tc/d0.filters`);
      assert.equal(await heal('x'), 'healed');
      assert.doesNotMatch(await inShell('tc filter show dev d0'), /192\.0\.2\.1 /);
      assert.match(await inShell('tc filter show dev d0'), /192\.0\.2\.2 /);
      assert.equal(await heal('y'), 'healed');
      assert.doesNotMatch(await inShell('tc qdisc show; ip -o link show'), /ingress| zk/);
    });

    it('has the module of its device bring along no others', async () => {
      machine().program('modprobe', '{ echo "$@"; ip -o link show; } >>/run/modprobe');
      await inShell('mount -t tmpfs none /sys/module');
      await arm('x', 'in', '192.0.2.1');
      const asked = await inShell('cat /run/modprobe');
      assert.match(asked, /^-q ifb numifbs=0\n/);
      assert.doesNotMatch(asked, / zk/, 'before its device');
    });

    for (const direction of ['out', 'in'] as const) {
      it(`leaves the interface as long a queue as it had, though the kernel makes one of 0 longer, on what goes ${direction}`, async () => {
        await inShell('mv /usr/local/sbin/tc /usr/local/sbin/kernel; ip link set d0 qlen 0');
        machine().program(
          'tc',
          'case "$*" in "qdisc add dev d0 "*) ip link set d0 qlen 1000 ;; esac; exec /usr/local/sbin/kernel "$@"',
        );
        const before = await inShell('ip -o link show d0');
        await arm('x', direction, '192.0.2.1');
        assert.equal(await heal('x'), 'healed');
        assert.equal(await inShell('ip -o link show d0'), before);
      });

      it(`goes where somebody has renamed it, and what others have there stays, on what goes ${direction}`, async () => {
        await arm('x', direction, '192.0.2.1');
        await arm('y', direction, '192.0.2.2');
        await rename();
        assert.equal(await heal('x'), 'healed');
        assert.doesNotMatch(await inShell('tc filter show dev renamed'), /192\.0\.2\.1$|192\.0\.2\.1 /m);
        assert.match(await inShell('tc filter show dev renamed'), /192\.0\.2\.2/);
        assert.equal(await heal('y'), 'healed');
        assert.doesNotMatch(await inShell('tc qdisc show; ip -o link show'), /netem|c4a0|ingress| zk/);
      });

      it(`is healed when that is gone, with all that was made for it, on what goes ${direction}`, async () => {
        await arm('x', direction, '192.0.2.1');
        await inShell('ip link del d0');
        assert.equal(await heal('x'), 'healed');
        assert.doesNotMatch(await inShell('ip -o link show'), / zk/);
      });

      it(`is not called healed while nobody can tell what it is called now, on what goes ${direction}`, async () => {
        await arm('x', direction, '192.0.2.1');
        await rename();
        machine().program(
          'ip',
          `case "$*" in *-o*) [ ! -e /run/mute ] || { echo 'Cannot allocate memory' >&2; exit 1; } ;; esac; exec /sbin/ip "$@"`,
        );
        await inShell('touch /run/mute');
        assert.equal(await heal('x'), 'stands');
        await inShell('rm /run/mute');
        assert.equal(await heal('x'), 'healed');
        assert.doesNotMatch(await inShell('tc qdisc show; ip -o link show'), /netem|c4a0|ingress| zk/);
      });
    }
  });
