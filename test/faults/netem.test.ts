import { strict as assert } from 'node:assert';
import { argv } from '../../src/faults/argv.ts';
import { effectWords, packetLimit, type Shape } from '../../src/faults/netem-shape.ts';
import { netem, netemParams, type NetemParams } from '../../src/faults/netem.ts';
import { behavesAsFault } from './fault-contract.ts';
import type { ScratchMachine } from './scratch-machine.ts';
import { CONTAINER, STARTED, withDocker, withTrafficControl } from './stand-ins.ts';

const params = (more: Partial<NetemParams> = {}): NetemParams =>
  netemParams.parse({ place: { on: 'machine' }, dev: 'lo', delayMs: 100, controlPorts: [22], ...more });
const tc = (machine: ScratchMachine, words: string): Promise<string> => machine.output('tc', ...words.split(' '));

behavesAsFault({
  name: 'netem on an interface',
  // Debian's busybox runs its own applet `tc` before any that is on PATH.
  shells: ['dash', 'bash'],
  fault: netem,
  params: () => params(),
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
  params: () =>
    params({ place: { on: 'container', id: CONTAINER, startedAt: STARTED }, toward: ['192.0.2.1', '2001:db8::1'] }),
  prepare: async (machine) => {
    await withDocker(machine);
    withTrafficControl(machine);
  },
  shells: ['dash'],
  endByHand: async (machine) => void (await machine.output('docker', 'kill', CONTAINER)),
});

describe('netem', () => {
  it('disturbs nothing before its last command', () => {
    const commands = netem.inject(params({ toward: ['192.0.2.1'] })).map((words) => words.join(' '));
    assert.deepEqual(commands, [
      'tc qdisc add dev lo root handle c4a0: prio bands 4 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1',
      'tc filter add dev lo parent c4a0: protocol ip prio 1 flower ip_proto tcp src_port 22 classid c4a0:1',
      'tc filter add dev lo parent c4a0: protocol ipv6 prio 2 flower ip_proto tcp src_port 22 classid c4a0:1',
      'tc filter add dev lo parent c4a0: protocol ip prio 3 flower dst_ip 192.0.2.1 classid c4a0:4',
      'tc qdisc add dev lo parent c4a0:4 handle c4a4: netem limit 20000 delay 100ms',
    ]);
  });

  it('disturbs the whole interface where no peer is named', () => {
    assert.deepEqual(
      netem.inject(params())[0]?.slice(-16),
      Array.from({ length: 16 }, () => '3'),
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
    'correlated loss': { lossPercent: 20, lossCorrelationPercent: 75 },
    'an interface that is words': { dev: 'eth0 root' },
    'a peer that is a name': { toward: ['guardian'] },
  }))
    it(`refuses ${why}`, () => {
      const input = { place: { on: 'machine' }, dev: 'lo', delayMs: 100, ...wrong };
      assert.equal(netemParams.safeParse(input).success, false);
    });
});
