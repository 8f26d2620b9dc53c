import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { type Connection, dial } from '../../../../lab/standins/wire/dial.ts';
import { waitFor } from '../../../../lab/standins/wire/handshake.ts';
import { type Identity, newIdentity } from '../../../../lab/standins/wire/identity.ts';
import { listen, type Listener } from '../../../../lab/standins/wire/listen.ts';
import type { Message } from '../../../../lab/standins/wire/message.ts';
import { BadLink, type Rules } from './bad-link.ts';

/** The relay's idle timeout, ms. */
let idleMs = 3000;

describe('the stand-ins’ transport', function () {
  const me = newIdentity();
  let pushed: Buffer[] = [];
  let gone: string[] = [];
  let relay: Listener;
  const open: Array<{ drop(): void } | BadLink> = [];

  beforeEach(async () => {
    pushed = [];
    gone = [];
    idleMs = 3000;
    relay = await startRelay(
      me,
      (payload) => pushed.push(payload),
      (reason) => gone.push(reason),
    );
  });
  afterEach(async () => {
    for (const one of open.splice(0)) one.drop();
    await relay.close('test is over');
  });

  const connect = async (ways: string[], relayId = me.id, connectMs = 3000, idleMs = 3000): Promise<Connection> => {
    const connection = await dial({ relayId, me: newIdentity(), candidates: ways, connectMs, idleMs });
    open.push(connection);
    return connection;
  };
  const proxy = async (rules: Rules): Promise<BadLink> => {
    const made = await BadLink.start(relay.port, rules);
    open.push(made);
    return made;
  };

  for (const [name, rules, bytes] of [
    ['a clean link', {}, 600_000],
    ['30 % loss each way with reordering', { loss: 0.3, jitterMs: 6 }, 600_000],
    ['every packet twice', { copies: 2 }, 100_000],
    ['50 % loss each way', { loss: 0.5 }, 800],
    ['128 kbit/s with a long queue', { rateKbit: 128 }, 5_000],
    ['100 ± 20 ms each way', { delayMs: 80, jitterMs: 40 }, 10_000],
  ] as Array<[string, Rules, number]>) {
    it(`delivers ${bytes} bytes unchanged over ${name}`, async () => {
      const payload = randomBytes(bytes);
      // The odds of so much bad luck that a connection dies are not what is tested here.
      idleMs = 15_000;
      const way = await proxy(rules);
      const connection = await connect([way.address], me.id, idleMs, idleMs);
      const answer = await connection.request({ kind: 'push', blobId: 'b', payload });
      assert.deepEqual(answer, { kind: 'ack', blobId: 'b', cursor: 1 });
      assert.ok(pushed[0]?.equals(payload), 'the payload was changed on the way');
      const pulled = (await connection.request({ kind: 'pull', afterCursor: 0, limit: 1 })) as Pulled;
      assert.ok(pulled.blobs[0]?.payload.equals(payload), 'the payload was changed on the way back');
    });
  }

  it('sends nothing readable, and no datagram above 1200 bytes', async () => {
    const way = await proxy({});
    const connection = await connect([way.address]);
    await connection.request({ kind: 'push', blobId: 'b', payload: Buffer.from('plain words '.repeat(500)) });
    assert.ok(way.seen.length > 6);
    assert.ok(way.seen.every((datagram) => datagram.length <= 1200));
    assert.ok(!Buffer.concat(way.seen).includes('plain words'));
  });

  it('drops a datagram that was changed on the way', async () => {
    const way = await proxy({ corruptOneIn: 3 });
    const connection = await connect([way.address]);
    const payload = randomBytes(20_000);
    await connection.request({ kind: 'push', blobId: 'b', payload });
    assert.ok(pushed[0]?.equals(payload));
  });

  it('tries all candidates side by side', async () => {
    const dead = await proxy({ loss: 1 });
    const startedAt = performance.now();
    await connect([dead.address, `127.0.0.1:${relay.port}`]);
    assert.ok(performance.now() - startedAt < 1000);
  });

  it('goes on by another candidate when the way it took dies', async () => {
    const dying = await proxy({});
    const other = await proxy({ delayMs: 20 });
    const connection = await connect([dying.address, other.address]);
    dying.rules.loss = 1;
    const answer = await connection.request({ kind: 'push', blobId: 'b', payload: randomBytes(30_000) });
    assert.equal(answer.kind, 'ack');
  });

  it('waits for a relay that shows signs of life, longer than for a silent one', async () => {
    const slow = createSocket('udp4');
    await new Promise<void>((done) => slow.bind(0, '127.0.0.1', done));
    open.push({ drop: () => slow.close() });
    const startedAt = performance.now();
    slow.on('message', (datagram, from) => {
      if (performance.now() - startedAt < 600) slow.send(waitFor(datagram), from.port, from.address);
    });
    await assert.rejects(connect([`127.0.0.1:${slow.address().port}`], me.id, 300), /connection timeout/);
    assert.ok(performance.now() - startedAt > 650);
  });

  it('believes only the relay that proves the id', async () => {
    const connecting = connect([`127.0.0.1:${relay.port}`], newIdentity().id, 250);
    await assert.rejects(connecting, /^TransportError: connection timeout$/);
  });

  it('survives a silence shorter than the idle timeout', async () => {
    const way = await proxy({});
    const connection = await connect([way.address]);
    way.rules.loss = 1;
    setTimeout(() => (way.rules.loss = 0), 700);
    assert.equal((await connection.request({ kind: 'push', blobId: 'b', payload: randomBytes(9000) })).kind, 'ack');
  });

  it('gives a silent peer up after the idle timeout, on both sides', async () => {
    idleMs = 300;
    const way = await proxy({});
    const connection = await connect([way.address], me.id, 3000, 300);
    await connection.request({ kind: 'pull', afterCursor: 0, limit: 1 });
    way.rules.loss = 1;
    const startedAt = performance.now();
    await assert.rejects(connection.request({ kind: 'push', blobId: 'b', payload: randomBytes(100) }), /timed out/);
    const took = performance.now() - startedAt;
    assert.ok(took > 250 && took < 1500, `took ${took} ms`);
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.deepEqual(gone, ['timed out']);
  });

  it('tells its clients at once when the relay goes', async () => {
    const connection = await connect([`127.0.0.1:${relay.port}`]);
    const waiting = assert.rejects(
      connection.request({ kind: 'hello', group: 'g', deviceName: 'n', lastCursor: 0 }),
      /connection closed/,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    await relay.close('going');
    await waiting;
    relay = await startRelay(
      me,
      () => {},
      () => {},
    );
  });

  it('refuses to send a message above 1 MiB, and lives on', async () => {
    const connection = await connect([`127.0.0.1:${relay.port}`]);
    const payload = Buffer.alloc(1024 * 1024);
    await assert.rejects(
      connection.request({ kind: 'push', blobId: 'b', payload }),
      /send failed: Message too large: \d+ > 1048576/,
    );
    assert.equal((await connection.request({ kind: 'push', blobId: 'b', payload: Buffer.of(1) })).kind, 'ack');
  });
});

type Pulled = Extract<Message, { kind: 'pulled' }>;

/** Keeps the last payload; answers pushes and pulls, and lets a hello wait for ever. */
function startRelay(
  me: Identity,
  onPush: (payload: Buffer) => void,
  onGone: (reason: string) => void,
): Promise<Listener> {
  let last = Buffer.alloc(0);
  return listen({
    me,
    port: 0,
    idleMs: () => idleMs,
    onPeer: () => {},
    onMessage: (peer, message) => {
      if (message.kind === 'push') {
        last = Buffer.from(message.payload);
        onPush(last);
        peer.send({ kind: 'ack', blobId: message.blobId, cursor: 1 });
      } else if (message.kind === 'pull') {
        peer.send({ kind: 'pulled', blobs: [{ blobId: 'b', cursor: 1, payload: last }], hasMore: false });
      }
    },
    onGarbage: () => {},
    onGone: (_peer, reason) => onGone(reason),
  });
}
