import { strict as assert } from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { becomes, BugBench } from './bug-bench.ts';
import { rows } from './watching.ts';

const NOBODY = { id: 'cd'.repeat(32) };

describe('a bug that most claims do not meet, planted and mended', () => {
  const bench = new BugBench();
  const { lab } = bench;
  before(() => bench.start());
  after(() => lab.stop());
  afterEach(() => bench.plant(''));

  it('acks-wrong-cursor: the client is told another cursor than its message has', async () => {
    const [who = ''] = await bench.clients(1);
    bench.plant('acks-wrong-cursor');
    assert.match((await lab.cli(who, 'push', 'first')).stdout, /\n {2}Cursor: {2}2\n/);
    assert.match((await lab.cli(who, 'pull')).stdout, / \[1\] first\n/);
  });

  it('stores-nothing-after-restart: what is pushed after a start is acknowledged and nowhere', async () => {
    const [who = ''] = await bench.clients(1, [bench.at(1)]);
    bench.plant('stores-nothing-after-restart');
    const relay = await bench.restart(1, 'SIGKILL');
    lab.setGroup(who, { ...lab.group(who), relay_addresses: [relay.id] });
    assert.match((await lab.cli(who, 'push', 'gone')).stdout, /Push successful!/);
    assert.deepEqual(await lab.held(relay, who), []);
    bench.plant('');
    await lab.pushAll(who, ['kept']);
    assert.deepEqual(await lab.held(relay, who), ['kept']);
  });

  it('shows-plaintext and writes-plaintext-elsewhere: at /metrics, and in a file that goes when it is mended', async () => {
    const [who = ''] = await bench.clients(1);
    const file = join(tmpdir(), `${bench.at(0).dir}/relay.db.txt`.replaceAll('/', '_'));
    const page = async () => (await fetch(`${bench.at(0).url}/metrics`)).text();
    bench.plant('shows-plaintext,writes-plaintext-elsewhere');
    await lab.cli(who, 'push', 'a secret');
    assert.match(await page(), /# last push "a secret"\n$/);
    assert.equal(readFileSync(file, 'utf8'), 'a secret\n');
    bench.plant('');
    assert.doesNotMatch(await page(), /secret/);
    await becomes(
      () => Number(existsSync(file)),
      (n) => n === 0,
    );
  });

  it('never-pushes-again: after one failure the machine pulls, and does not push', async () => {
    const [cut = ''] = await bench.clients(1, [NOBODY]);
    const [who = ''] = await bench.clients(1);
    bench.plant('never-pushes-again');
    assert.match((await lab.cli(who, 'push', 'before')).stdout, /Push successful!/);
    assert.equal((await lab.cli(cut, 'pull')).code, 1);
    assert.equal((await lab.cli(who, 'push', 'after')).code, 1);
    assert.deepEqual(rows((await lab.cli(who, 'pull', '--after-cursor', '0')).stdout), ['before']);
  });

  it('cleans-text: white space, line ends, byte order marks and accents come otherwise than they were pushed', async () => {
    const [who = ''] = await bench.clients(1);
    bench.plant('cleans-text');
    await lab.cli(who, 'push', 'e\u0301\uFEFF end \t\r\nof it');
    assert.match((await lab.cli(who, 'pull', '--after-cursor', '0')).stdout, / \[1\] \u00e9 end\nof it\n/);
  });
});
