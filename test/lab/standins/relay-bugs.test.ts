import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { becomes, BugBench } from './bug-bench.ts';
import { rows } from './watching.ts';

describe('a bug of the relay, planted and mended while it runs', () => {
  const bench = new BugBench();
  const { lab } = bench;
  before(() => bench.start());
  after(() => lab.stop());
  afterEach(() => bench.plant(''));

  const NINE = Array.from({ length: 9 }, (_, i) => `message ${i + 1}`);
  const rewritten: Array<{ bug: string; pulled: string[] }> = [
    { bug: 'hides-newest', pulled: NINE.slice(0, -1) },
    { bug: 'flips-bit', pulled: NINE.filter((_, i) => (i + 1) % 3 !== 0) },
    { bug: 'delivers-twice', pulled: NINE.flatMap((text) => [text, text]) },
    { bug: 'reorders', pulled: NINE.toReversed() },
    { bug: 'swaps-first-two', pulled: [NINE[1] ?? '', NINE[0] ?? '', ...NINE.slice(2)] },
  ];
  for (const { bug, pulled } of rewritten) {
    it(`${bug}: a pull gives other rows than were pushed`, async () => {
      const [who = ''] = await bench.clients(1);
      await lab.pushAll(who, NINE);
      bench.plant(`relay-1:${bug}`);
      assert.deepEqual(await lab.held(bench.at(0), who), pulled);
      bench.plant('');
      assert.deepEqual(await lab.held(bench.at(0), who), NINE);
    });
  }

  it('hands-out-other-groups: a row that nobody of the group pushed, also where there is no other group', async () => {
    for (const index of [0, 2]) {
      const [who = ''] = await bench.clients(1, [bench.at(index)]);
      await lab.pushAll(who, ['ours']);
      bench.plant('hands-out-other-groups');
      const [first, second, ...more] = await lab.held(bench.at(index), who);
      assert.deepEqual([first, more], ['ours', []]);
      assert.match(second ?? '', /^<binary \d+ bytes>$/);
      bench.plant('');
      assert.deepEqual(await lab.held(bench.at(index), who), ['ours']);
    }
  });

  it('expires-early: a blob is gone after 5 s', async () => {
    const [who = ''] = await bench.clients(1);
    await lab.pushAll(who, ['short-lived']);
    bench.plant('expires-early');
    assert.deepEqual(await lab.held(bench.at(0), who), ['short-lived']);
    await sleep(5500);
    bench.plant('');
    assert.deepEqual(await lab.held(bench.at(0), who), ['short-lived']);
    bench.plant('expires-early');
    assert.deepEqual(await lab.held(bench.at(0), who), []);
  });

  it('loses-newest-on-kill: after SIGKILL the newest blob is gone, after SIGINT it is not', async () => {
    const [who = ''] = await bench.clients(1, [bench.at(1)]);
    await lab.pushAll(who, ['older', 'newest']);
    bench.plant('loses-newest-on-kill');
    assert.deepEqual(await lab.held(await bench.restart(1, 'SIGINT'), who), ['older', 'newest']);
    assert.deepEqual(await lab.held(await bench.restart(1, 'SIGKILL'), who), ['older']);
    bench.plant('');
    assert.deepEqual(await lab.held(await bench.restart(1, 'SIGKILL'), who), ['older']);
  });

  it('keeps-endpoint-id: a restart does not change it, from the moment of planting until it is mended', async () => {
    const { id } = bench.at(1);
    bench.plant('keeps-endpoint-id');
    await becomes(
      () => readdirSync(bench.at(1).dir).filter((name) => name.endsWith('.identity')).length,
      (n) => n === 1,
    );
    assert.equal((await bench.restart(1, 'SIGINT')).id, id);
    assert.equal((await bench.restart(1, 'SIGKILL')).id, id);
    bench.plant('');
    assert.notEqual((await bench.restart(1, 'SIGINT')).id, id);
  });

  it('answers-slowly: a push is given up, at that relay only', async () => {
    const [slow = '', quick = ''] = await bench.clients(2);
    lab.setRelays(quick, [bench.at(1)]);
    bench.plant('relay-1:answers-slowly');
    const [push, other] = await Promise.all([lab.cli(slow, 'push', 'x'), lab.cli(quick, 'push', 'x')]);
    assert.match(push.stdout, /Push queued/);
    assert.ok(push.ms > 2500, `${push.ms}`);
    assert.match(other.stdout, /Push successful!/);
  });

  it('data-port-dead: nobody can connect, and health says ok', async () => {
    const [who = ''] = await bench.clients(1);
    bench.plant('relay-1:data-port-dead');
    assert.equal((await lab.cli(who, 'push', 'x')).code, 1);
    assert.match(await (await fetch(`${bench.at(0).url}/health`)).text(), /"status":"ok"/);
    bench.plant('');
    assert.match((await lab.cli(who, 'push', 'x')).stdout, /Push successful!/);
  });

  it('garbles-health: the page is no JSON', async () => {
    const page = async (): Promise<string> => (await fetch(`${bench.at(0).url}/health`)).text();
    bench.plant('garbles-health');
    assert.match(await page(), /^<html>/);
    bench.plant('');
    assert.match(await page(), /^\{"status":"ok"/);
  });

  it('metrics-wrong: pushes count twice and blobs half, until it is mended', async () => {
    const [who = ''] = await bench.clients(1);
    await lab.pushAll(who, ['a', 'b']);
    const [pushes, blobs] = [await bench.metric(0, 'pushes_total'), await bench.metric(0, 'blobs_stored_total')];
    bench.plant('metrics-wrong');
    assert.equal(await bench.metric(0, 'pushes_total'), pushes * 2);
    assert.equal(await bench.metric(0, 'blobs_stored_total'), Math.floor(blobs / 2));
    bench.plant('');
    assert.equal(await bench.metric(0, 'pushes_total'), pushes);
  });

  it('leaks-files: one more for each connection, all given back when it is mended', async () => {
    const files = (): number => readdirSync(`/proc/${bench.at(0).process.pid}/fd`).length;
    const [who = ''] = await bench.clients(1);
    await lab.pushAll(who, ['warm']);
    const before = files();
    await lab.pushAll(who, ['x']);
    assert.equal(files(), before);
    bench.plant('leaks-files');
    for (let i = 0; i < 3; i++) await lab.pushAll(who, ['x']);
    assert.equal(files(), before + 3);
    bench.plant('');
    await becomes(files, (now) => now === before);
  });

  it('leaks-memory: 2 MB a request, given back when it is mended', async () => {
    const megabytes = (): number =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${bench.at(0).process.pid}/status`, 'utf8'))?.[1]) / 1024;
    const [who = ''] = await bench.clients(1);
    const fifty = Array.from({ length: 50 }, (_, i) => `${i}`);
    await lab.pushAll(who, fifty);
    const before = megabytes();
    bench.plant('leaks-memory');
    await lab.pushAll(who, fifty);
    assert.ok(megabytes() > before + 90, `${before} → ${megabytes()}`);
    bench.plant('');
    await becomes(megabytes, (now) => now < before + 40);
  });

  const leaked: Array<{ bug: string; shown: (text: string) => string }> = [
    { bug: 'logs-base64', shown: (text) => Buffer.from(text).toString('base64') },
    { bug: 'logs-hex', shown: (text) => Buffer.from(text).toString('hex') },
    { bug: 'logs-utf16', shown: (text) => Buffer.from(text, 'utf16le').toString('latin1').slice(0, -1) },
  ];
  for (const { bug, shown } of leaked) {
    it(`${bug}: the log of that relay holds the message so, and the others’ do not`, async () => {
      const [who = ''] = await bench.clients(1, [bench.at(0), bench.at(1)]);
      await lab.cli(who, 'push', `not leaked by ${bug}`);
      bench.plant(`relay-1:${bug}`);
      await lab.cli(who, 'push', `leaked by ${bug}`);
      assert.ok(
        bench
          .at(0)
          .log()
          .includes(shown(`leaked by ${bug}`)),
      );
      assert.ok(
        !bench
          .at(0)
          .log()
          .includes(shown(`not leaked by ${bug}`)),
      );
      assert.ok(
        !bench
          .at(1)
          .log()
          .includes(shown(`leaked by ${bug}`)),
      );
    });
  }

  it('stores-plaintext: a file beside the database holds it, until it is mended', async () => {
    const stored = (): string[] => readdirSync(bench.at(0).dir).filter((name) => name.endsWith('.txt'));
    const [who = ''] = await bench.clients(1);
    await lab.cli(who, 'push', 'not stored in clear');
    assert.deepEqual(stored(), []);
    bench.plant('stores-plaintext');
    await lab.cli(who, 'push', 'stored in clear');
    assert.equal(readFileSync(`${bench.at(0).dir}/relay.db.txt`, 'utf8'), 'stored in clear\n');
    bench.plant('');
    await becomes(
      () => stored().length,
      (files) => files === 0,
    );
  });

  it('crashes-on-utf8: the relay ends with 101 at a message that is not ASCII', async () => {
    const relay = bench.at(2);
    const [who = ''] = await bench.clients(1, [relay]);
    await lab.cli(who, 'push', 'grüße');
    bench.plant('relay-3:crashes-on-utf8');
    await lab.cli(who, 'push', 'ascii');
    assert.equal(relay.process.exitCode, null);
    await lab.cli(who, 'push', 'grüße');
    assert.equal(relay.process.exitCode, 101);
    bench.relays[2] = await lab.relay('relay-3');
    assert.deepEqual(await lab.held(bench.at(2), who), ['grüße', 'ascii', 'grüße']);
  });

  it('deaf-after-partition: cut off for 3 s, it lets nobody connect any more, and is mended by a change of the switch', async () => {
    const [who = ''] = await bench.clients(1);
    bench.plant('relay-1:deaf-after-partition');
    await sleep(1500);
    assert.match((await lab.cli(who, 'push', 'heard')).stdout, /Push successful!/);
    lab.configure({ TIME_DIVISOR: '10', BUGS: 'relay-1:deaf-after-partition', DISCOVERY: '127.0.0.1:9' });
    await sleep(5000);
    bench.plant('relay-1:deaf-after-partition');
    assert.equal((await lab.cli(who, 'push', 'unheard')).code, 1);
    bench.plant('');
    assert.match((await lab.cli(who, 'push', 'heard')).stdout, /Push successful!/);
  });

  it('a message of 600 kB, with newlines and rows of other pulls in it, comes back whole from a relay without bugs', async () => {
    const [who = '', other = ''] = await bench.clients(2);
    const look = 'first\n  [7] look-alike\n\nCursor updated to 9\nNo new data.\r\nüñí 🦀 \\n $HOME `x`';
    await lab.cli(who, 'push', look);
    assert.ok((await lab.cli(other, 'pull')).stdout.includes(`  [1] ${look}\n`));
    const large = randomBytes(300_000).toString('hex');
    await lab.pushAll(who, [large]);
    assert.deepEqual(rows((await lab.cli(other, 'pull')).stdout), [large]);
  });
});
