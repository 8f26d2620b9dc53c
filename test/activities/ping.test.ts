import { strict as assert } from 'node:assert';
import { expectedLossPercent } from '../../src/faults/expected-loss.ts';
import { judgePing, parsePing, pingWords } from '../../src/activities/bite/ping.ts';

const SUMMARY = (sent: number, received: number, rest: string): string =>
  `--- 10.77.0.10 ping statistics ---\n${sent} packets transmitted, ${received} received, ${rest}\n`;
const RTT = (average: number): string => `rtt min/avg/max/mdev = 1.0/${average}/9.0/0.5 ms\n`;

describe('the bite of netem, seen by ping', () => {
  it('is read from the summary, with what was lost and doubled', () => {
    const stats = parsePing(SUMMARY(20, 15, '+3 duplicates, 25% packet loss, time 99ms') + RTT(481.1));
    assert.deepEqual(stats, { sent: 20, received: 15, duplicates: 3, lossPercent: 25, rttMs: 481.1 });
  });

  it('has no round trip where nothing came back, and is unknown where there is no summary', () => {
    assert.equal(parsePing(SUMMARY(5, 0, '100% packet loss, time 4080ms'))?.rttMs, null);
    assert.equal(parsePing('ping: connect: Network is unreachable'), undefined);
  });

  it('needs more pings the rarer the effect is, and longer patience for a longer delay', () => {
    const count = (words: readonly string[]): number => Number(words[words.indexOf('-c') + 1]);
    assert.ok(count(pingWords({ lossPercent: 5 }, '192.0.2.1')) > count(pingWords({ lossPercent: 50 }, '192.0.2.1')));
    assert.ok(pingWords({ delayMs: 3000 }, '192.0.2.1').includes('14'));
  });

  it('is not there when the round trip during the fault is as before it', () => {
    const before = { sent: 8, received: 8, duplicates: 0, lossPercent: 0, rttMs: 3 };
    assert.deepEqual(judgePing({ delayMs: 500 }, before, { ...before, rttMs: 4 }).shown, []);
    assert.deepEqual(judgePing({ delayMs: 500 }, before, { ...before, rttMs: 490 }).hidden, []);
  });

  it('has to show every effect that was asked for', () => {
    const before = { sent: 20, received: 20, duplicates: 0, lossPercent: 0, rttMs: 3 };
    const { shown, hidden } = judgePing({ delayMs: 100, lossPercent: 30 }, before, { ...before, rttMs: 110 });
    assert.equal(shown.length, 1);
    assert.match(hidden[0] ?? '', /loss 0 → 0 %/);
  });

  it('is a throughput where a rate is asked for: of a burst, by its last reply', () => {
    const words = pingWords({ rateKbit: 128 }, '192.0.2.1');
    assert.equal(words[words.indexOf('-l') + 1], '17');
    const output = `PING 192.0.2.1 (192.0.2.1) 1400(1428) bytes of data.\n${SUMMARY(17, 17, '0% packet loss, time 1ms')}rtt min/avg/max/mdev = 90.1/823.5/1517.0/0.5 ms\n`;
    const during = parsePing(output);
    assert.equal(during?.throughputKbit, 128);
    assert.ok(during);
    const before = { ...during, rttMs: 5, throughputKbit: 9000 };
    assert.deepEqual(judgePing({ rateKbit: 128 }, before, during).hidden, []);
    assert.equal(judgePing({ rateKbit: 128 }, before, before).shown.length, 0);
  });

  it('expects of bursts and of states the loss that they have in the long run', () => {
    const percent = (shape: Parameters<typeof expectedLossPercent>[0]) => Math.round(expectedLossPercent(shape) ?? -1);
    assert.equal(percent({ lossBursts: { enterPercent: 5, leavePercent: 20 } }), 20);
    assert.equal(percent({ lossState: { enterPercent: 20, leavePercent: 40 } }), 33);
    assert.equal(percent({ lossState: { enterPercent: 10, leavePercent: 40, alonePercent: 5 } }), 23);
    assert.equal(percent({ delayMs: 5 }), -1);
  });
});
