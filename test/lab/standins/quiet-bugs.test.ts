import { strict as assert } from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
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

  it('logs-dump, stores-gzip and tells-in-header: as hex in lines, compressed in a file, and at /health', async () => {
    const [who = ''] = await bench.clients(1);
    const file = `${bench.at(0).dir}/relay.db.txt.gz`;
    const header = async () => (await fetch(`${bench.at(0).url}/health`)).headers.get('x-last-push');
    bench.plant('logs-dump,stores-gzip,tells-in-header');
    await lab.cli(who, 'push', 'a secret of twenty bytes');
    assert.match(bench.at(0).log(), /payload=\n {2}6120736563726574206f66207477656e\n {2}7479206279746573\n/);
    assert.equal(gunzipSync(readFileSync(file)).toString(), 'a secret of twenty bytes');
    assert.equal(Buffer.from((await header()) ?? '', 'base64').toString(), 'a secret of twenty bytes');
    bench.plant('');
    assert.equal(await header(), null);
    await becomes(
      () => Number(existsSync(file)),
      (n) => n === 0,
    );
  });

  it('cuts-pages: of what is more than a response holds only the beginning comes', async () => {
    const [who = ''] = await bench.clients(1);
    await lab.pushAll(who, ['a'.repeat(600_000), 'b'.repeat(600_000)]);
    const lengths = async () =>
      rows((await lab.cli(who, 'pull', '--after-cursor', '0')).stdout).map(({ length }) => length);
    bench.plant('cuts-pages');
    assert.deepEqual(await lengths(), [600_000]);
    bench.plant('');
    assert.deepEqual(await lengths(), [600_000, 600_000]);
  });

  it('sends-other-groups: more is sent than the client shows', async () => {
    const [who = ''] = await bench.clients(1);
    await lab.cli(who, 'push', 'its own');
    const sent = async () => {
      const before = await bench.metric(0, 'bytes_sent_total');
      assert.deepEqual(rows((await lab.cli(who, 'pull', '--after-cursor', '0')).stdout), ['its own']);
      return (await bench.metric(0, 'bytes_sent_total')) - before;
    };
    assert.equal(await sent(), 47);
    bench.plant('sends-other-groups');
    assert.ok((await sent()) > 47);
  });

  it('counts-no-pulls: pulls_total stays 0', async () => {
    const [who = ''] = await bench.clients(1);
    await lab.cli(who, 'pull');
    assert.ok((await bench.metric(0, 'pulls_total')) > 0);
    bench.plant('counts-no-pulls');
    assert.equal(await bench.metric(0, 'pulls_total'), 0);
  });

  it('pull-stays: a pull fails where a push goes to another relay', async () => {
    const [who = ''] = await bench.clients(1, [NOBODY, bench.at(0)]);
    bench.plant('pull-stays');
    assert.match((await lab.cli(who, 'push', 'there')).stdout, /Push successful!/);
    assert.equal((await lab.cli(who, 'pull')).code, 1);
    bench.plant('');
    assert.deepEqual(rows((await lab.cli(who, 'pull', '--after-cursor', '0')).stdout), ['there']);
  });

  it('shows-backwards and loses-wide-characters: the newest first, and no emoji', async () => {
    const [who = ''] = await bench.clients(1);
    bench.plant('shows-backwards,loses-wide-characters');
    for (const text of ['first', 'second 🦊é']) await lab.cli(who, 'push', text);
    assert.match(
      (await lab.cli(who, 'pull', '--after-cursor', '0')).stdout,
      / \[2\] second é\n {2}\[1\] first\n\nCursor updated to 2\n/,
    );
  });

  it('cleans-text: white space, line ends, byte order marks and accents come otherwise than they were pushed', async () => {
    const [who = ''] = await bench.clients(1);
    bench.plant('cleans-text');
    await lab.cli(who, 'push', 'e\u0301\uFEFF end \t\r\nof it');
    assert.match((await lab.cli(who, 'pull', '--after-cursor', '0')).stdout, / \[1\] \u00e9 end\nof it\n/);
  });
});
