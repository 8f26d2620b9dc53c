import { strict as assert } from 'node:assert';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RelayProcess, SmallLab } from './small-lab.ts';
import { databaseFiles, health, rows, until } from './watching.ts';

const SECRET = 'plaintext-nobody-may-see';

describe('the stand-in for the relay', () => {
  const lab = new SmallLab();
  let relay: RelayProcess;
  before(async () => {
    await lab.start(50);
    relay = await lab.relay('relay-1');
    await lab.client('alice', [relay]);
  });
  after(() => lab.stop());

  it('starts with the product’s banner, and its id twice when its log is on', () => {
    const banner = `\n=== sync-relay running ===\nEndpoint ID: ${relay.id}\nHTTP: ${relay.url}/health\n\nPress Ctrl+C to stop\n`;
    assert.ok(relay.log().includes(`\n${banner}`), relay.log());
    assert.equal(relay.log().split(`Endpoint ID: ${relay.id}`).length, 3);
    assert.match(
      relay.log().replaceAll('\u001b', 'ESC'),
      /^ESC\[2m[\d:.T-]+ZESC\[0m ESC\[32m INFOESC\[0m ESC\[2mzerok_sync_relayESC\[0mESC\[2m:ESC\[0m /,
    );
  });

  it('tells its health in the product’s fields and order', async () => {
    await lab.cli('alice', 'push', 'nine byte');
    const response = await fetch(`${relay.url}/health`);
    assert.equal(response.headers.get('content-type'), 'application/json');
    const text = await response.text();
    assert.match(
      text,
      /^\{"status":"ok","version":"0\.1\.0","connections":1,"groups":1,"uptime_seconds":\d+,"total_blobs":1,"storage_bytes":49,"groups_with_data":1\}$/,
    );
  });

  it('lets a connection linger when its client is gone, for the idle timeout', async () => {
    await lab.cli('alice', 'pull');
    const startedAt = performance.now();
    assert.notEqual((await health(relay))['connections'], 0);
    await until(
      async () => (await health(relay))['connections'] === 0,
      () => 'a connection stayed',
    );
    const took = performance.now() - startedAt;
    assert.ok(took > 300 && took < 3000, `took ${took} ms, the idle timeout is 600`);
    assert.equal((await health(relay))['groups'], 1);
  });

  it('tells its metrics in the product’s words and order', async () => {
    const response = await fetch(`${relay.url}/metrics`);
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    const names = [...text.matchAll(/^sync_relay_(\S+) \d+$/gm)].map(([, name]) => name);
    assert.deepEqual(
      names.join(' '),
      'connections_active groups_active info{version="0.1.0"} pushes_total pulls_total connections_total bytes_received_total ' +
        'bytes_sent_total blobs_stored_total rate_limit_hits_total errors_total storage_blobs storage_bytes storage_groups',
    );
    assert.match(
      text,
      /^# HELP sync_relay_pushes_total Total PUSH requests handled\n# TYPE sync_relay_pushes_total counter\nsync_relay_pushes_total 1\n/m,
    );
  });

  it('ends with 1 and the product’s words when its HTTP port is taken, and leaves the database alone', async () => {
    const port = new URL(relay.url).port;
    const second = await lab.relay('relay-1', { RELAY_HTTP_PORT: port });
    assert.equal((await second.end('SIGKILL')).code, 1);
    assert.match(second.log(), /Error: Address already in use \(os error 98\)\n$/);
    assert.ok(existsSync(join(relay.dir, 'relay.db.lock')));
  });

  it('ends with 0 on SIGINT and by the signal on SIGTERM', async () => {
    const startedAt = performance.now();
    const one = await lab.relay('relay-8');
    assert.deepEqual(await one.end('SIGINT'), { code: 0, signal: null });
    const two = await lab.relay('relay-8');
    assert.deepEqual(await two.end('SIGTERM'), { code: null, signal: 'SIGTERM' });
    assert.ok(performance.now() - startedAt < 8000);
  });

  it('keeps what it acknowledged over SIGKILL, under a new id, in the write-ahead log', async () => {
    const first = await lab.relay('relay-9');
    await lab.client('bea', [first], 'durable things');
    for (const text of ['one', 'two']) await lab.cli('bea', 'push', text);
    await first.end('SIGKILL');
    assert.ok(existsSync(join(first.dir, 'relay.db-wal')));
    const second = await lab.relay('relay-9');
    assert.notEqual(second.id, first.id);
    lab.setRelays('bea', [second]);
    const { stdout } = await lab.cli('bea', 'pull');
    assert.deepEqual(rows(stdout), ['one', 'two'], 'a new id has cursor 0: everything comes again');
    assert.equal((await lab.cli('bea', 'push', 'three')).stdout.includes('Cursor:  3'), true);
  });

  it('holds and logs nothing readable: no message, name, passphrase or whole group id', async () => {
    const silent = await lab.relay('relay-7');
    await lab.client('device-name-of-cleo', [silent], 'passphrase-of-cleo');
    await lab.cli('device-name-of-cleo', 'push', SECRET);
    await lab.cli('device-name-of-cleo', 'pull', '--after-cursor', '0');
    const files = databaseFiles(silent);
    assert.equal(files.length, 2);
    const all = [silent.log(), ...files.map((path) => readFileSync(path, 'latin1'))].join('\n');
    const group = String(lab.group('device-name-of-cleo')['group_id']);
    for (const word of [SECRET, 'device-name-of-cleo', 'passphrase-of-cleo', group])
      assert.ok(!all.includes(word), word);
    assert.match(
      silent.log(),
      /Stored blob BlobId\([0-9a-f-]{36}\) at cursor 1 for group GroupId\(.{8}\) \(64 bytes\)/,
    );
    assert.match(silent.log(), /Pulled 1 blobs \(64 bytes\) for GroupId\(.{8}\) after cursor 0/);
  });

  it('logs nothing of its own under the product’s RUST_LOG, which matches nothing', async () => {
    const mute = await lab.relay('relay-6', { RUST_LOG: 'sync_relay=debug,iroh=warn' });
    await lab.client('dan', [mute], 'mute and deaf');
    await lab.cli('dan', 'push', 'x');
    assert.match(mute.log(), /^\n=== sync-relay running ===\n(.*\n){3}Press Ctrl\+C to stop\n$/);
  });

  it('does not take blobs above 695 000 bytes, and gives back large ones in one pull', async () => {
    await lab.client('eve', [relay], 'large blobs');
    lab.configure({ TIME_DIVISOR: '10' });
    writeFileSync(join(lab.dir, 'too-large'), Buffer.alloc(695_001, 'x'));
    const refused = await lab.cli('eve', 'push', '--file', join(lab.dir, 'too-large'));
    assert.match(
      refused.stdout,
      /Push queued \(offline mode\)\n {2}Error: all relays failed: \n\nData will sync when connection is available\.\n$/,
    );
    assert.equal(refused.code, 0);
    const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(400_000));
    await lab.pushAll('eve', texts);
    assert.deepEqual(rows((await lab.cli('eve', 'pull')).stdout), texts);
  });
});
