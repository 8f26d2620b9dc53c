import type { LabEnv } from '../lab-env.ts';
import type { Peer } from '../wire/listen.ts';
import { MAX_MESSAGE_BYTES } from '../wire/framing.ts';
import { type Blob, type Message, wireBytes } from '../wire/message.ts';
import type { Counters, Gauges } from './metrics.ts';
import type { Store } from './store.ts';
import type { Log } from './tracing.ts';

/** Rows in one response. */
const MOST_ROWS = 100;
/** What a response needs besides payloads: about 80 bytes of JSON a row. */
const RESPONSE_ROOM = MAX_MESSAGE_BYTES - MOST_ROWS * 120;

export interface ServiceOptions {
  store: Store;
  log: Log;
  env: () => LabEnv;
}

/** What the relay does with the messages of its clients. It never sees more than ciphertext, group ids and endpoint ids. */
export class RelayService {
  readonly counters: Counters = {
    pushes: 0,
    pulls: 0,
    connections: 0,
    bytesReceived: 0,
    bytesSent: 0,
    blobsStored: 0,
    errors: 0,
  };
  readonly #options: ServiceOptions;
  /** Group of each client that said hello. */
  readonly #sessions = new Map<string, string>();
  /** Groups seen since the start; never falls. */
  readonly #groups = new Set<string>();

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  gauges(): Gauges {
    return { connections: this.#sessions.size, groups: this.#groups.size, totals: this.#options.store.totals() };
  }

  connected(peer: Peer): void {
    this.counters.connections++;
    this.#options.log('debug', 'protocol', `Connection from ${device(peer)}`);
  }

  gone(peer: Peer, reason: string): void {
    const group = this.#sessions.get(peer.id);
    this.#sessions.delete(peer.id);
    this.#options.log('debug', 'session', `Connection closed: ${reason}`);
    if (group === undefined) return;
    const remaining = [...this.#sessions.values()].filter((other) => other === group).length;
    const text = `Unregistered session: device=${device(peer)} from group=${groupName(group)} (remaining: ${remaining})`;
    this.#options.log('debug', 'server', text);
  }

  handle(peer: Peer, message: Message): void {
    const group = this.#sessions.get(peer.id);
    try {
      if (message.kind === 'hello') this.#hello(peer, message);
      else if (group === undefined) this.failed(peer, 'not authenticated');
      else if (message.kind === 'push') this.#push(peer, group, message);
      else if (message.kind === 'pull') this.#pull(peer, group, message.afterCursor, message.limit);
      else this.failed(peer, `unexpected message type: expected Push, Pull, Bye, got ${message.kind}`);
    } catch (error) {
      this.failed(peer, `internal error: ${(error as Error).message}`);
    }
  }

  /** A request that gets no answer. */
  failed(peer: Peer, why: string): void {
    if (!this.#options.env().hasBug('errors-not-counted')) this.counters.errors++;
    this.#options.log('warn', 'session', `Stream error: ${why}`);
    peer.send({ kind: 'dropped' });
  }

  #hello(peer: Peer, hello: Extract<Message, { kind: 'hello' }>): void {
    const { log, store } = this.#options;
    this.#sessions.set(peer.id, hello.group);
    this.#groups.add(hello.group);
    const total = [...this.#sessions.values()].filter((group) => group === hello.group).length;
    const maxCursor = store.maxCursor(hello.group);
    const pending = Math.max(0, maxCursor - hello.lastCursor);
    log(
      'debug',
      'server',
      `Registered session: device=${device(peer)} in group=${groupName(hello.group)} (total: ${total})`,
    );
    log(
      'info',
      'session',
      `Session established: device=${device(peer)}, group=${groupName(hello.group)}, pending=${pending}`,
    );
    if (this.#options.env().hasBug('logs-names')) log('debug', 'session', `HELLO from ${hello.deviceName}`);
    peer.send({ kind: 'welcome', maxCursor });
  }

  #push(peer: Peer, group: string, push: Extract<Message, { kind: 'push' }>): void {
    const { env, log } = this.#options;
    const lab = env();
    if (lab.hasBug('database-locked')) {
      setTimeout(() => this.failed(peer, 'internal error: database error: database is locked'), lab.times.busyMs);
      return;
    }
    const cursor = this.#store(lab, peer, group, push);
    const bytes = push.payload.length;
    this.counters.pushes++;
    this.counters.bytesReceived += bytes;
    this.counters.blobsStored++;
    log(
      'debug',
      'session',
      `Stored blob BlobId(${push.blobId}) at cursor ${cursor} for group ${groupName(group)} (${bytes} bytes)`,
    );
    if (lab.hasBug('logs-plaintext') && push.inClear !== undefined)
      log('debug', 'session', `PUSH payload=${push.inClear}`);
    peer.send({ kind: 'ack', blobId: push.blobId, cursor });
  }

  #store(lab: LabEnv, peer: Peer, group: string, push: Extract<Message, { kind: 'push' }>): number {
    const { store } = this.#options;
    if (lab.hasBug('acks-without-storing')) return store.nextCursor(Buffer.from(group, 'base64url'));
    return store.store(group, peer.id, push.blobId, push.payload);
  }

  #pull(peer: Peer, group: string, afterCursor: number, limit: number): void {
    const { env, log, store } = this.#options;
    const rows = store.after(group, afterCursor, Math.min(limit === 0 ? MOST_ROWS : limit, MOST_ROWS));
    const blobs = env().hasBug('large-pulls-fail') ? rows : fitting(rows);
    const bytes = blobs.reduce((sum, { payload }) => sum + payload.length, 0);
    const ids = blobs.map(({ blobId }) => blobId).join(' ');
    log(
      'debug',
      'session',
      `Pulled ${blobs.length} blobs (${bytes} bytes) for ${groupName(group)} after cursor ${afterCursor}`,
    );
    if (ids !== '') log('debug', 'session', `Sent to ${device(peer)}: ${ids}`);
    this.counters.pulls++;
    this.counters.bytesSent += bytes;
    peer.send({ kind: 'pulled', blobs, hasMore: blobs.length < rows.length });
  }
}

/** As many rows as one response can carry, one at least. */
function fitting(rows: Blob[]): Blob[] {
  let room = RESPONSE_ROOM;
  const end = rows.findIndex((row, i) => {
    room -= wireBytes(row.payload);
    return room < 0 && i > 0;
  });
  return end < 0 ? rows : rows.slice(0, end);
}

/** Ids as the product's log shortens them. */
function device(peer: Peer): string {
  return `DeviceId(${Buffer.from(peer.id, 'hex').toString('base64url').slice(0, 8)})`;
}

function groupName(group: string): string {
  return `GroupId(${group.slice(0, 8)})`;
}
