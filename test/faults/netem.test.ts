import { strict as assert } from 'node:assert';
import { argv } from '../../src/faults/argv.ts';
import { effectWords, packetLimit, type Shape } from '../../src/faults/netem-shape.ts';
import { netem, netemParams, type NetemParams } from '../../src/faults/netem.ts';
import { diffSnapshots, leasesOn } from '../../src/hosts/lease.ts';
import { behavesAsFault } from './fault-contract.ts';
import { ScratchMachine, whyNoScratchMachine } from './scratch-machine.ts';
import { CONTAINER, STARTED, withDocker, withTrafficControl } from './stand-ins.ts';

const params = (more: Partial<NetemParams> = {}): NetemParams =>
  netemParams.parse({ id: 'a', place: { on: 'machine' }, dev: 'lo', delayMs: 100, controlPorts: [22], ...more });
const tc = (machine: ScratchMachine, words: string): Promise<string> => machine.output('tc', ...words.split(' '));

behavesAsFault({
  name: 'netem on an interface',
  // Debian's busybox runs its own applet `tc` before any that is on PATH.
  shells: ['dash', 'bash'],
  fault: netem,
  params: (id) => params({ id }),
  prepare: (machine) => Promise.resolve(withTrafficControl(machine)),
  endByHand: async (machine) => void (await tc(machine, 'qdisc del dev lo root handle c4a0:')),
  plantForeign: async (machine) => {
    await tc(machine, 'qdisc add dev lo root handle 10: htb default 1');
    await tc(machine, 'filter add dev lo parent 10: protocol ip prio 1 u32 match u32 0 0 classid 10:1');
    return async () => (await tc(machine, 'qdisc show dev lo')) + (await tc(machine, 'filter show dev lo'));
  },
});

behavesAsFault({
  name: 'netem towards a peer, in a container',
  fault: netem,
  params: (id) =>
    params({ id, place: { on: 'container', id: CONTAINER, startedAt: STARTED }, toward: ['192.0.2.1', '2001:db8::1'] }),
  prepare: async (machine) => {
    await withDocker(machine);
    withTrafficControl(machine);
  },
  shells: ['dash'],
  endByHand: async (machine) => void (await machine.output('docker', 'kill', CONTAINER)),
});

behavesAsFault({
  name: 'netem on what arrives',
  fault: netem,
  params: (id) => params({ id, direction: 'in', toward: ['192.0.2.1'] }),
  shells: ['dash'],
  prepare: (machine) => Promise.resolve(withTrafficControl(machine)),
  endByHand: async (machine) => {
    await tc(machine, 'qdisc del dev lo ingress');
    await machine.output('sh', '-c', 'ip link del dev "$(ip -o link show type ifb | cut -d " " -f 2 | tr -d :)"');
  },
  plantForeign: async (machine) => {
    await tc(machine, 'qdisc add dev lo handle ffff: ingress');
    await tc(machine, 'filter add dev lo parent ffff: protocol ip prio 1 u32 match u32 0 0');
    return async () => (await tc(machine, 'qdisc show dev lo')) + (await tc(machine, 'filter show dev lo'));
  },
});

describe('several netem faults on one interface', function () {
  this.timeout(60_000);
  let machine: ScratchMachine;
  beforeEach(async function () {
    if (whyNoScratchMachine() !== undefined) return this.skip();
    machine = await ScratchMachine.start();
    withTrafficControl(machine);
  });
  afterEach(() => machine?.stop());
  const arm = (id: string, more: Partial<NetemParams>) =>
    leasesOn(machine.host()).arm({
      ...{ fault: netem, params: params({ id, ...more }), id, owner: 'a/b', target: 'guardian', summary: 'netem' },
      ttlSeconds: 60,
    });
  const standing = async (): Promise<(string | boolean | null | undefined)[]> => {
    const entries = await leasesOn(machine.host()).list({ probe: true });
    return entries.flatMap((entry) => (entry.state === 'leased' && entry.standing ? [entry.lease.id] : [])).toSorted();
  };

  for (const direction of ['out', 'in'] as const) {
    for (const order of [
      ['1', '2', '3'],
      ['3', '2', '1'],
      ['2', '1', '3'],
    ]) {
      it(`stand side by side on what goes ${direction}, and healing ${order.join(', ')} leaves the others`, async () => {
        const before = await leasesOn(machine.host()).snapshot();
        const faults = { 1: { toward: ['192.0.2.1'] }, 2: { toward: ['192.0.2.2'], lossPercent: 5 }, 3: {} };
        for (const [id, more] of Object.entries(faults)) {
          const reply = await arm(id, { direction, ...more });
          assert.ok(reply.state === 'armed' && reply.standing, JSON.stringify(reply));
        }
        assert.deepEqual(await standing(), ['1', '2', '3']);
        assert.match(await tc(machine, 'qdisc show'), /limit 20000 delay 100ms loss 5%$/m);
        for (const [n, id] of order.entries()) {
          const [reply] = await leasesOn(machine.host()).heal({ ids: [id] }, 'frame');
          assert.equal(reply?.state, 'healed', JSON.stringify(reply));
          assert.deepEqual(await standing(), order.slice(n + 1).toSorted());
        }
        assert.deepEqual(diffSnapshots(before, await leasesOn(machine.host()).snapshot()), []);
        assert.doesNotMatch(await tc(machine, 'qdisc show dev lo'), /c4a0|ingress/);
      });
    }
  }

  it('gives a lane that was healed to the next fault, and refuses the one for which there is none', async () => {
    for (let n = 0; n < 12; n++) await arm(`${n}`, { toward: [`192.0.2.${n + 1}`] });
    const refused = await arm('one too many', { toward: ['192.0.2.99'] });
    assert.ok(refused.state === 'inject-failed' && !refused.standing, JSON.stringify(refused));
    assert.match(refused.state === 'inject-failed' ? refused.evidence : '', /no band of lo is free/);
    await leasesOn(machine.host()).heal({ ids: ['5'] }, 'frame');
    const reply = await arm('next', { toward: ['192.0.2.99'] });
    assert.ok(reply.state === 'armed' && reply.standing, JSON.stringify(reply));
    assert.equal((await standing()).length, 12);
  });

  it('is refused for what another fault disturbs already', async () => {
    await arm('1', { toward: ['192.0.2.1', '192.0.2.2'] });
    assert.equal((await arm('2', { toward: ['192.0.2.2', '192.0.2.1'] })).state, 'busy');
  });
});

describe('netem', () => {
  const textOf = (more: Partial<NetemParams>): string[] => {
    const words = netem.inject(params(more)).find((argv) => ['lane_open', 'feed'].includes(argv[0] ?? ''));
    return (words?.[words[0] === 'feed' ? 1 : 3] ?? '').split('\n');
  };

  it('marks its lane first, exempts control, and selects last', () => {
    const [mark, ...filters] = textOf({ toward: ['192.0.2.1'] });
    assert.match(mark ?? '', /^qdisc add dev lo parent c4a0:@ handle 1\w+: netem limit 20000 delay 100ms$/);
    assert.deepEqual(filters, [
      'filter add dev lo parent c4a0: protocol ip prio 1# flower ip_proto tcp src_port 22 classid c4a0:1',
      'filter add dev lo parent c4a0: protocol ipv6 prio 2# flower ip_proto tcp src_port 22 classid c4a0:1',
      'filter add dev lo parent c4a0: protocol ip prio 5# flower dst_ip 192.0.2.1 classid c4a0:@',
    ]);
  });

  it('disturbs the whole interface where neither a peer nor a port is named', () => {
    assert.equal(
      textOf({ controlPorts: [] }).at(-1),
      'filter add dev lo parent c4a0: protocol all prio 7# flower classid c4a0:@',
    );
  });

  it('takes a port whichever side has it, in both families', () => {
    const keys = textOf({ ports: ['udp/4433'], controlPorts: [] }).slice(1);
    assert.deepEqual(
      keys.map((line) => line.replace(/.*protocol (\w+) .*flower (.*) classid.*/, '$1 $2')),
      ['ip', 'ipv6'].flatMap((of) => ['dst_port', 'src_port'].map((side) => `${of} ip_proto udp ${side} 4433`)),
    );
  });

  it('leads what arrives through a device of its own, last', () => {
    const words = netem.inject(params({ direction: 'in', toward: ['2001:db8::1'], ports: ['icmp'] }));
    assert.match(words.at(-1)?.[0] ?? '', /feed/);
    const lines = textOf({ direction: 'in', toward: ['2001:db8::1'], ports: ['icmp'] });
    assert.match(lines[0] ?? '', /ip_proto tcp dst_port 22$/);
    assert.match(
      lines.at(-1) ?? '',
      /flower ip_proto icmpv6 src_ip 2001:db8::1 action mirred egress redirect dev zk[0-9a-f]{12}$/,
    );
  });

  it('writes loss by states, slots and distributions as tc has them', () => {
    const chain = params({ lossState: { enterPercent: 2, leavePercent: 50 } as never }).lossState;
    assert.deepEqual(effectWords({ lossState: chain }), argv`loss state 2% 50% 0% 100% 0%`);
    assert.deepEqual(effectWords({ slot: { minMs: 20, packets: 3 } }), argv`slot 20ms 20ms packets 3`);
    assert.deepEqual(
      effectWords({ delayMs: 20, jitterMs: 5, distribution: 'pareto', reorderPercent: 1 }),
      argv`delay 20ms 5ms distribution pareto reorder 1%`,
    );
  });

  it('keeps packets in order under jitter, unless reordering is asked for', () => {
    assert.deepEqual(effectWords({ delayMs: 20, jitterMs: 10 }), argv`delay 20ms 10ms rate 10gbit`);
    assert.deepEqual(effectWords({ delayMs: 20, jitterMs: 10, reorderPercent: 25 }), argv`delay 20ms 10ms reorder 25%`);
    assert.deepEqual(effectWords({ delayMs: 20, jitterMs: 10, rateKbit: 512 }), argv`delay 20ms 10ms rate 512kbit`);
  });

  it('puts every effect into one netem, as duplication does not mix with another', () => {
    const shape: Shape = { delayMs: 10, lossPercent: 1, duplicatePercent: 0.5, corruptPercent: 2, rateKbit: 1000 };
    assert.deepEqual(effectWords(shape), argv`delay 10ms loss 1% duplicate 0.5% corrupt 2% rate 1000kbit`);
  });

  it('writes bursts of loss as a Gilbert-Elliott model', () => {
    const { lossBursts } = params({
      lossBursts: { enterPercent: 1, leavePercent: 10, badLossPercent: 70, goodLossPercent: 0.1 },
    });
    assert.ok(lossBursts);
    assert.deepEqual(effectWords({ lossBursts }), argv`loss gemodel 1% 10% 70% 0.1%`);
  });

  it('holds enough packets for a fast link with delay, and not minutes of a slow one', () => {
    assert.equal(packetLimit({ delayMs: 100 }), 20_000);
    assert.equal(packetLimit({ delayMs: 1000 }), 124_500);
    assert.equal(packetLimit({ delayMs: 100, rateKbit: 512 }), 120);
    assert.ok(packetLimit({ delayMs: 100, rateKbit: 1_000_000 }) > 1.5 * 8_300);
  });

  for (const [why, wrong] of Object.entries({
    'no effect': { delayMs: undefined },
    'jitter without a delay': { delayMs: undefined, lossPercent: 1, jitterMs: 1 },
    'more jitter than delay': { jitterMs: 101 },
    'reordering without a delay': { delayMs: undefined, lossPercent: 1, reorderPercent: 5 },
    'a distribution without jitter': { distribution: 'normal' },
    'loss of both kinds': { lossPercent: 1, lossBursts: { enterPercent: 1, leavePercent: 10 } },
    'more than everything lost': { lossPercent: 101 },
    'loss of all kinds': { lossState: { enterPercent: 1 }, lossBursts: { enterPercent: 1, leavePercent: 10 } },
    'states that are left more often than always': {
      lossState: { enterPercent: 1, leavePercent: 60, recoverPercent: 50 },
    },
    'a slot that ends before it begins': { slot: { minMs: 10, maxMs: 5 } },
    'a port that is none': { ports: ['tcp/70000'] },
    'traffic that is none': { ports: ['sctp/1'] },
    'an interface that is words': { dev: 'eth0 root' },
    'a peer that is a name': { toward: ['guardian'] },
  }))
    it(`refuses ${why}`, () => {
      const input = { id: 'a', place: { on: 'machine' }, dev: 'lo', delayMs: 100, ...wrong };
      assert.equal(netemParams.safeParse(input).success, false);
    });

  it('refuses correlated loss, and says why and what to take', () => {
    const { error } = netemParams.safeParse({ ...params(), lossPercent: 20, lossCorrelationPercent: 75 });
    assert.match(String(error), /lossBursts/);
  });
});
