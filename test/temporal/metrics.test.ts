import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { loadSettings } from '../../src/config.ts';
import { freePort } from '../hosts/sshd.ts';

/** In a process of its own: a runtime is made once a process. */
const PROGRAM = `
  const { openMetrics } = await import('./src/temporal/metrics.ts');
  const address = process.argv[1];
  const measures = openMetrics({ metrics: address });
  measures.healed('hold', 1.4);
  measures.healed('frame', 40);
  measures.slow(2);
  measures.read('guardian', ['a', 'b', 'c']);
  measures.mended('guardian', ['a', 'of somebody else']);
  measures.broken('beast', 'd');
  console.log(await (await fetch('http://' + address + '/metrics')).text());
  process.exit(0);
`;

const scraped = (address: string) =>
  spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', PROGRAM, address], {
    encoding: 'utf8',
    timeout: 60_000,
  });

describe('the metrics of a worker', function () {
  this.timeout(90_000);

  it('say how long heals took, how many are slow, and what stands on each machine', async () => {
    const { stdout, stderr } = scraped(`127.0.0.1:${await freePort()}`);
    const has = (line: RegExp): void => assert.match(stdout, line, stderr);
    has(/^zerok_chaos_heal_seconds_bucket\{.*layer="hold".*le="1"\} 0$/m);
    has(/^zerok_chaos_heal_seconds_bucket\{.*layer="hold".*le="2"\} 1$/m);
    has(/^zerok_chaos_heal_seconds_sum\{.*layer="frame".*\} 40$/m);
    has(/^zerok_chaos_heals_slow(\{.*\})? 2$/m);
    has(/^zerok_chaos_faults_standing\{.*machine="guardian".*\} 2$/m);
    has(/^zerok_chaos_faults_standing\{.*machine="beast".*\} 1$/m);
  });

  it('that cannot be shown where they were asked for are an error that names the address', async () => {
    const taken = createServer();
    await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening));
    const address = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
    const { status, stderr } = scraped(address);
    taken.close();
    assert.notEqual(status, 0);
    assert.match(stderr, new RegExp(`no metrics at ${address}: .*; choose another address`));
  });

  const world = (env: NodeJS.ProcessEnv) => ({
    env: { HOME: '/nonexistent', ...env },
    cwd: '/nonexistent',
    say: () => undefined,
  });
  it('are off until somebody says where, and refuse what is no address', () => {
    assert.equal(loadSettings({}, world({})).metrics, undefined);
    assert.equal(loadSettings({}, world({ ZEROK_CHAOS_METRICS: '127.0.0.1:9464' })).metrics, '127.0.0.1:9464');
    assert.equal(loadSettings({ metrics: '[::1]:9464' }, world({ ZEROK_CHAOS_METRICS: 'x' })).metrics, '[::1]:9464');
    for (const metrics of ['9464', 'localhost', '127.0.0.1:0', '127.0.0.1:70000', '127.0.0.1:9464/metrics'])
      assert.throws(() => loadSettings({ metrics }, world({})), {
        kind: 'BadInput',
        message: /no address for metrics/,
      });
  });
});
