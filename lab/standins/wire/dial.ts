import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { type Address, asItIs, parseAddress } from './address.ts';
import { Channel } from './channel.ts';
import { frame, MessageReader } from './framing.ts';
import { ACCEPT, connectionIdOf, type Opening, openTo, WAIT } from './handshake.ts';
import type { Identity, SessionKeys } from './identity.ts';
import { decodeMessage, encodeMessage, type Message } from './message.ts';
import { Patience } from './patience.ts';

/** ms between hellos at first, and how the gaps grow: a hello is small, and half of them may be lost each way. */
const FIRST_RETRY = 100;
const RETRY_GROWTH = 1.1;

/** A connection to one relay: one request at a time. */
export interface Connection {
  /** @throws TransportError */
  request(message: Message): Promise<Message>;
  /** Sends a datagram as it is, neither sealed nor awaited. */
  sendInClear(datagram: Buffer): void;
  /** Forgets the connection; the relay notices by its idle timeout, as with the product's clients. */
  drop(): void;
}

/** Something went wrong on the way; the text is the product's. */
export class TransportError extends Error {
  override name = 'TransportError';
}

export interface DialOptions {
  relayId: string;
  me: Identity;
  candidates: string[];
  /** Silence after which the relay is given up. */
  connectMs: number;
  idleMs: number;
  /** Called at each sign of life of the relay. */
  onLife?: () => void;
}

/** Tries all candidates side by side; the first that completes the handshake wins. @throws TransportError */
export async function dial(options: DialOptions): Promise<Connection> {
  const socket = await openSocket();
  const opening = openTo(options.relayId, options.me);
  const ways = options.candidates.map(parseAddress);
  try {
    const shaken = await shakeHands(socket, opening, ways, options);
    return new DialedConnection(socket, opening.connectionId, shaken, ways, options);
  } catch (error) {
    socket.close();
    throw error;
  }
}

function openSocket(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp4', lookup: asItIs });
    socket.once('error', reject);
    socket.bind(0, () => {
      socket.removeAllListeners('error');
      // A way that does not exist (no route, refused) is silence, like a dropped packet.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

interface Shaken {
  keys: SessionKeys;
  way: Address;
  rttMs: number;
}

function shakeHands(socket: Socket, opening: Opening, ways: Address[], options: DialOptions): Promise<Shaken> {
  return new Promise((resolve, reject) => {
    let knockedAt = 0;
    let gapMs = FIRST_RETRY;
    let retry: NodeJS.Timeout;
    const knock = (): void => {
      knockedAt = performance.now();
      for (const way of ways) socket.send(opening.datagram, way.port, way.host, () => {});
      retry = setTimeout(knock, gapMs);
      gapMs *= RETRY_GROWTH;
    };
    const stop = (): void => {
      clearTimeout(retry);
      patience.stop();
      socket.off('message', onMessage);
    };
    const patience = new Patience(options.connectMs, () => {
      stop();
      reject(new TransportError('connection timeout'));
    });
    const onMessage = (datagram: Buffer, from: RemoteInfo): void => {
      if (connectionIdOf(datagram) !== opening.connectionId) return;
      if (datagram[0] === WAIT) patience.heard();
      const keys = datagram[0] === ACCEPT ? opening.finish(datagram) : null;
      if (keys !== null || datagram[0] === WAIT) options.onLife?.();
      if (keys === null) return;
      stop();
      resolve({ keys, way: { host: from.address, port: from.port }, rttMs: performance.now() - knockedAt });
    };
    socket.on('message', onMessage);
    knock();
  });
}

class DialedConnection implements Connection {
  readonly #socket: Socket;
  readonly #channel: Channel;
  readonly #reader = new MessageReader();
  #way: Address;
  #waiting: { resolve(message: Message): void; reject(error: Error): void } | null = null;

  constructor(
    socket: Socket,
    connectionId: string,
    { keys, way, rttMs }: Shaken,
    ways: Address[],
    options: DialOptions,
  ) {
    this.#socket = socket;
    this.#way = way;
    this.#channel = new Channel({
      connectionId,
      sendKey: keys.toRelay,
      receiveKey: keys.toClient,
      rttMs,
      idleMs: options.idleMs,
      send: (datagram, isProbe) => {
        for (const to of isProbe ? [this.#way, ...ways] : [this.#way])
          socket.send(datagram, to.port, to.host, () => {});
      },
      onData: (data) => this.#read(data),
      onClosed: (reason) => this.#fail(reason === 'timed out' ? 'connection lost: timed out' : 'connection closed'),
    });
    socket.on('message', (datagram, from) => {
      if (connectionIdOf(datagram) !== connectionId || !this.#channel.receive(datagram)) return;
      this.#way = { host: from.address, port: from.port };
      options.onLife?.();
    });
  }

  request(message: Message): Promise<Message> {
    return new Promise((resolve, reject) => {
      if (this.#channel.isClosed) return reject(new TransportError('connection closed'));
      let bytes: Buffer;
      try {
        bytes = frame(encodeMessage(message));
      } catch (error) {
        return reject(new TransportError(`send failed: ${(error as Error).message}`));
      }
      this.#waiting = { resolve, reject };
      this.#channel.write(bytes);
    });
  }

  sendInClear(datagram: Buffer): void {
    this.#socket.send(datagram, this.#way.port, this.#way.host, () => {});
  }

  drop(): void {
    this.#channel.forget();
    this.#socket.close();
  }

  #read(data: Buffer): void {
    try {
      for (const bytes of this.#reader.add(data)) this.#answer(decodeMessage(bytes));
    } catch (error) {
      this.#fail(`receive failed: ${(error as Error).message}`);
    }
  }

  #answer(message: Message): void {
    if (message.kind === 'dropped') return this.#fail('connection closed');
    this.#waiting?.resolve(message);
    this.#waiting = null;
  }

  #fail(why: string): void {
    this.#waiting?.reject(new TransportError(why));
    this.#waiting = null;
  }
}
