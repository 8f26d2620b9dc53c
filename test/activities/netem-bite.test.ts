import { strict as assert } from 'node:assert';
import { measureNetem } from '../../src/activities/bite/netem.ts';
import type { ExecOptions } from '../../src/hosts/host.ts';
import { fakeDeps } from './ground/fake-fleet.ts';

const RUN = { scenario: 's', workflowId: 'w', runId: 'r' };
const LOSSY = { kind: 'netem', target: 'guardian', toward: 'beast', lossPercent: 10 } as const;

describe('the bite of a loss, which is a matter of luck', () => {
  /** Of each 80 pings so many are lost, look after look. */
  const gaugeOf = (...lost: number[]) => {
    const says = (_: readonly string[], { stdin }: ExecOptions) => {
      assert.match(String(stdin), /'?ping'? .*192\.0\.2\.1/);
      const received = 80 - (lost.shift() ?? assert.fail('one look more'));
      return `80 packets transmitted, ${received} received\nrtt min/avg/max/mdev = 1.0/2.0/9.0/0.5 ms\n`;
    };
    return measureNetem(fakeDeps({ guardian: { says } }), RUN, LOSSY);
  };

  it('is seen at the first look where that shows it', async () => {
    const gauge = gaugeOf(0, 8);
    const { bit, how } = await gauge.during(await gauge.before());
    assert.deepEqual([bit, how], [true, 'loss 0 → 10 % of 80']);
  });

  it('is looked for again where one look has too little of it, and counted over all looks', async () => {
    const gauge = gaugeOf(0, 2, 9);
    const { bit, how, during } = await gauge.during(await gauge.before());
    assert.deepEqual([bit, how], [true, 'loss 0 → 6.9 % of 160']);
    assert.deepEqual(during, { sent: 160, received: 149, duplicates: 0, lossPercent: 6.9, rttMs: 2 });
  });

  it('is not there where three looks together have too little', async () => {
    const gauge = gaugeOf(0, 1, 2, 3);
    const { bit, how } = await gauge.during(await gauge.before());
    assert.deepEqual([bit, how], [false, 'not to be seen: loss 0 → 2.5 % of 240']);
  });
});

describe('the pings of a netem on a named interface', () => {
  /** Guardian reaches Q by eth0 and Beast by eth1. */
  const pinged = async (named: string): Promise<string> => {
    let address = '';
    const says = (argv: readonly string[], { stdin }: ExecOptions) => {
      if (argv[0] === 'ip') return JSON.stringify([{ dev: argv.at(-1) === '192.0.2.1' ? 'eth1' : 'eth0' }]);
      address = /192\.0\.2\.\d+/.exec(String(stdin))?.[0] ?? '';
      return '8 packets transmitted, 8 received\nrtt min/avg/max/mdev = 1.0/2.0/9.0/0.5 ms\n';
    };
    const deps = fakeDeps({ guardian: { says } });
    const { q = assert.fail() } = deps.fleet.machines;
    deps.fleet.machines['q'] = { ...q, addresses: ['192.0.2.9'] };
    await measureNetem(deps, RUN, { kind: 'netem', target: 'guardian', interface: named, delayMs: 50 }).before();
    return address;
  };

  it('go to whoever is reached by it, else to the relays’ machine, by whatever tunnel that is', async () => {
    assert.deepEqual(await Promise.all(['eth0', 'eth1', 'wlan0'].map(pinged)), ['192.0.2.9', '192.0.2.1', '192.0.2.1']);
  });
});
