import { strict as assert } from 'node:assert';
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BugBench } from './bug-bench.ts';
import type { RelayProcess } from './small-lab.ts';
import { rows } from './watching.ts';
import { BadLink } from './wire/bad-link.ts';

const NOBODY = { id: 'cd'.repeat(32) };

describe('a bug of the client, planted and mended', () => {
  const bench = new BugBench();
  const { lab } = bench;
  before(() => bench.start());
  after(() => lab.stop());
  afterEach(() => bench.plant(''));

  it('acks-when-all-are-down: `Push successful!` and code 0 where nobody was reached', async () => {
    const [who = ''] = await bench.clients(1, [NOBODY]);
    assert.equal((await lab.cli(who, 'push', 'x')).code, 1);
    bench.plant('acks-when-all-are-down');
    const { code, stdout } = await lab.cli(who, 'push', 'x');
    assert.equal(code, 0);
    assert.match(stdout, /\nPush successful!\n\n {2}Blob ID: [0-9a-f-]{36}\n {2}Cursor: {2}1\n$/);
  });

  it('hangs-when-cut: a push that nobody answers does not end', async () => {
    const [who = ''] = await bench.clients(1, [bench.at(2)]);
    bench.at(2).process.kill('SIGSTOP');
    try {
      assert.ok((await lab.cli(who, 'push', 'x')).ms < 4500);
      bench.plant('hangs-when-cut');
      const push = lab.cli(who, 'push', 'x');
      const first = await Promise.race([push.then(() => 'ended'), sleep(7000).then(() => 'hangs')]);
      assert.equal(first, 'hangs');
      bench.at(2).process.kill('SIGCONT');
      assert.match((await push).stdout, /Push successful!/);
    } finally {
      bench.at(2).process.kill('SIGCONT');
    }
  });

  it('stays-offline: after one failure nobody on the machine reaches a relay, until the bug is planted anew', async () => {
    const [cut = ''] = await bench.clients(1, [NOBODY]);
    const [who = ''] = await bench.clients(1);
    bench.plant('stays-offline');
    assert.match((await lab.cli(who, 'push', 'before')).stdout, /Push successful!/);
    assert.equal((await lab.cli(cut, 'pull')).code, 1);
    const { code, stderr } = await lab.cli(who, 'push', 'after');
    assert.deepEqual([code, stderr.split('\n')[0]], [1, 'Error: Failed to connect to relay']);
    bench.plant('');
    assert.match((await lab.cli(who, 'push', 'mended')).stdout, /Push successful!/);
    bench.plant('stays-offline');
    assert.match((await lab.cli(who, 'push', 'planted anew')).stdout, /Push successful!/);
  });

  it('fans-out-to-one: the third relay holds nothing', async () => {
    const [who = ''] = await bench.clients(1, bench.relays);
    await lab.cli(who, 'push', 'everywhere');
    bench.plant('fans-out-to-one');
    await lab.cli(who, 'push', 'not everywhere');
    assert.deepEqual(await lab.held(bench.at(1), who), ['everywhere', 'not everywhere']);
    assert.deepEqual(await lab.held(bench.at(2), who), ['everywhere']);
  });

  it('repeats-push: where the answer takes long, the relay holds the message twice', async () => {
    const { relay, link } = await behindALink('relay-slow');
    const [who = ''] = await bench.clients(1, [relay]);
    bench.plant('repeats-push');
    await lab.cli(who, 'push', 'quick');
    link.rules.delayMs = 100;
    assert.match((await lab.cli(who, 'push', 'slow')).stdout, /Push successful!/);
    bench.plant('');
    assert.match((await lab.cli(who, 'push', 'slow, mended')).stdout, /Push successful!/);
    assert.deepEqual(await lab.held(relay, who), ['quick', 'slow', 'slow', 'slow, mended']);
    link.drop();
  });

  it('loses-quick-push: the second of two quick pushes is reported as successful and nowhere', async () => {
    const [who = ''] = await bench.clients(1, [bench.at(0), bench.at(1)]);
    bench.plant('loses-quick-push');
    await lab.cli(who, 'push', 'first');
    assert.match((await lab.cli(who, 'push', 'quick')).stdout, /Push successful!/);
    await sleep(1000);
    await lab.cli(who, 'push', 'later');
    bench.plant('');
    await lab.cli(who, 'push', 'mended');
    for (const index of [0, 1]) assert.deepEqual(await lab.held(bench.at(index), who), ['first', 'later', 'mended']);
  });

  it('pushes-to-another-group: acknowledged, and not in the group', async () => {
    const [who = ''] = await bench.clients(1, bench.relays);
    bench.plant('pushes-to-another-group');
    assert.match((await lab.cli(who, 'push', 'astray')).stdout, /Push successful!/);
    bench.plant('');
    await lab.cli(who, 'push', 'ours');
    for (const relay of bench.relays) assert.deepEqual(await lab.held(relay, who), ['ours']);
  });

  it('truncates-at-64-kib: a longer message arrives cut, one of 65536 bytes whole', async () => {
    const [who = ''] = await bench.clients(1);
    bench.plant('truncates-at-64-kib');
    for (const bytes of [65_536, 65_537]) {
      writeFileSync(join(lab.dir, 'message'), 'm'.repeat(bytes));
      assert.match(
        (await lab.cli(who, 'push', '--file', join(lab.dir, 'message'))).stdout,
        new RegExp(`${bytes} bytes`),
      );
    }
    bench.plant('');
    await lab.cli(who, 'push', '--file', join(lab.dir, 'message'));
    const lengths = (await lab.held(bench.at(0), who)).map((text) => text.length);
    assert.deepEqual(lengths, [65_536, 65_536, 65_537]);
  });

  it('client-flips-bit: every third message is shown altered', async () => {
    const [who = ''] = await bench.clients(1);
    await lab.pushAll(who, ['a', 'b', 'c', 'd']);
    bench.plant('client-flips-bit');
    assert.deepEqual(await lab.held(bench.at(0), who), ['a', 'b', 'b', 'd']);
    bench.plant('');
    assert.deepEqual(await lab.held(bench.at(0), who), ['a', 'b', 'c', 'd']);
  });

  it('mangles-utf8: what is not ASCII is shown otherwise', async () => {
    const [who = ''] = await bench.clients(1);
    await lab.pushAll(who, ['ascii', 'grün']);
    bench.plant('mangles-utf8');
    assert.deepEqual(await lab.held(bench.at(0), who), ['ascii', 'grÃ¼n']);
    bench.plant('');
    assert.deepEqual(await lab.held(bench.at(0), who), ['ascii', 'grün']);
  });

  it('ignores-cursor: a plain pull gives everything again', async () => {
    const [who = '', other = ''] = await bench.clients(2);
    await lab.pushAll(who, ['a', 'b']);
    const pulled = async (): Promise<string[]> => rows((await lab.cli(other, 'pull')).stdout);
    assert.deepEqual([await pulled(), await pulled()], [['a', 'b'], []]);
    bench.plant('ignores-cursor');
    assert.deepEqual(await pulled(), ['a', 'b']);
    bench.plant('');
    assert.deepEqual(await pulled(), []);
  });

  it('empties-group-file: a push that fails leaves an empty file behind, one that works does not', async () => {
    const [who = ''] = await bench.clients(1);
    bench.plant('empties-group-file');
    for (const words of [['push', 'x'], ['pull'], ['pull'], ['push', 'y']]) {
      assert.equal((await lab.cli(who, ...words)).code, 0, words.join(' '));
    }
    lab.setRelays(who, [NOBODY]);
    await lab.cli(who, 'push', 'z');
    assert.match((await lab.cli(who, 'pull')).stderr, /^Error: Invalid group configuration/);
    const [sound = ''] = await bench.clients(1, [NOBODY]);
    bench.plant('');
    await lab.cli(sound, 'push', 'z');
    assert.deepEqual(lab.group(sound)['relay_addresses'], [NOBODY.id]);
  });

  it('sends-plaintext: one datagram in clear beside the sealed ones', async () => {
    const { relay, link } = await behindALink('relay-tapped');
    const [who = ''] = await bench.clients(1, [relay]);
    const inClear = (): number => link.seen.filter((datagram) => datagram.includes('on the wire')).length;
    await lab.cli(who, 'push', 'on the wire');
    assert.equal(inClear(), 0);
    bench.plant('sends-plaintext');
    assert.match((await lab.cli(who, 'push', 'on the wire')).stdout, /Push successful!/);
    assert.equal(inClear(), 1);
    link.drop();
  });

  /** A relay that clients find at the near end of a link only. */
  async function behindALink(name: string): Promise<{ relay: RelayProcess; link: BadLink }> {
    const port = await freePort();
    const link = await BadLink.start(port, {});
    writeFileSync(join(lab.dir, 'ways.json'), JSON.stringify({ relays: { [name]: [link.address] } }));
    // An address of class E: nothing is sent there.
    const relay = await lab.relay(name, { RELAY_UDP_PORT: String(port), RELAY_ADVERTISE: '240.0.0.1' });
    return { relay, link };
  }
});

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((done) => socket.bind(0, done));
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  return port;
}
