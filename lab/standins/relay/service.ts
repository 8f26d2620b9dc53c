import type { LabEnv } from '../lab-env.ts';
import type { Peer } from '../wire/listen.ts';
import type { Message } from '../wire/message.ts';
import type { Hoard } from './hoard.ts';
import type { Counters, Gauges } from './metrics.ts';
import { misuse } from './plaintext.ts';
import { rowsFor } from './rows.ts';
import type { Store } from './store.ts';
import type { Log } from './tracing.ts';

export interface ServiceOptions {
  store: Store;
  log: Log;
  env: () => LabEnv;
  hoard: Hoard;
  /** Where the bug `stores-plaintext` puts it. */
  plaintextFile: string;
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
  /** For the bug `shows-plaintext`. */
  lastInClear = '';
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
    if (this.#options.env().hasBug('leaks-files')) this.#options.hoard.openFile();
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
    if (this.#options.env().hasBug('leaks-memory')) this.#options.hoard.takeMemory();
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
    if (push.inClear !== undefined) misuse((this.lastInClear = push.inClear), lab, this.#options);
    const told = lab.hasBug('acks-wrong-cursor') ? cursor + 1 : cursor;
    this.#answer(lab, peer, { kind: 'ack', blobId: push.blobId, cursor: told });
  }

  #store(lab: LabEnv, peer: Peer, group: string, push: Extract<Message, { kind: 'push' }>): number {
    const { store } = this.#options;
    const forgets = lab.hasBug('stores-nothing-after-restart') && !store.isNew;
    if (forgets || lab.hasBug('acks-without-storing')) return store.nextCursor(Buffer.from(group, 'base64url'));
    return store.store(group, peer.id, push.blobId, push.payload);
  }

  #pull(peer: Peer, group: string, afterCursor: number, limit: number): void {
    const { env, log, store } = this.#options;
    const lab = env();
    const { blobs, hasMore } = rowsFor(store, lab, group, afterCursor, limit);
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
    this.#answer(lab, peer, { kind: 'pulled', blobs, hasMore });
  }

  #answer(lab: LabEnv, peer: Peer, answer: Message): void {
    if (lab.hasBug('answers-slowly')) setTimeout(() => peer.send(answer), lab.times.slowMs);
    else peer.send(answer);
  }
}

/** Ids as the product's log shortens them. */
function device(peer: Peer): string {
  return `DeviceId(${Buffer.from(peer.id, 'hex').toString('base64url').slice(0, 8)})`;
}

function groupName(group: string): string {
  return `GroupId(${group.slice(0, 8)})`;
}
