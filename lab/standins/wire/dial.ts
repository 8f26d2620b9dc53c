import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { type Address, parseAddress } from './address.ts';
import { Channel } from './channel.ts';
import { frame, MessageReader } from './framing.ts';
import { ACCEPT, connectionIdOf, type Opening, openTo } from './handshake.ts';
import type { Identity, SessionKeys } from './identity.ts';
import { decodeMessage, encodeMessage, type Message } from './message.ts';

/** ms between hellos at first, and how the gaps grow: a hello is small, and half of them may be lost each way. */
const FIRST_RETRY = 100;
const RETRY_GROWTH = 1.1;

/** A connection to one relay: one request at a time. */
export interface Connection {
  /** @throws TransportError */
  request(message: Message): Promise<Message>;
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
  connectMs: number;
  idleMs: number;
}

/** Tries all candidates side by side; the first that completes the handshake wins. @throws TransportError */
export async function dial(options: DialOptions): Promise<Connection> {
  const socket = await openSocket();
  const opening = openTo(options.relayId, options.me);
  const ways = options.candidates.map(parseAddress);
  try {
    const { keys, way, rttMs } = await shakeHands(socket, opening, ways, options.connectMs);
    return new DialedConnection(socket, opening.connectionId, keys, { way, ways, rttMs, idleMs: options.idleMs });
  } catch (error) {
    socket.close();
    throw error;
  }
}

function openSocket(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.once('error', reject);
    socket.bind(0, () => {
      socket.removeAllListeners('error');
      // A way that does not exist (no route, refused) is silence, like a dropped packet.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

function shakeHands(
  socket: Socket,
  opening: Opening,
  ways: Address[],
  connectMs: number,
): Promise<{ keys: SessionKeys; way: Address; rttMs: number }> {
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
      clearTimeout(deadline);
      socket.off('message', onMessage);
    };
    const deadline = setTimeout(() => {
      stop();
      reject(new TransportError('connection timeout'));
    }, connectMs);
    const onMessage = (datagram: Buffer, from: RemoteInfo): void => {
      const keys = datagram[0] === ACCEPT ? opening.finish(datagram) : null;
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
    keys: SessionKeys,
    path: { way: Address; ways: Address[]; rttMs: number; idleMs: number },
  ) {
    this.#socket = socket;
    this.#way = path.way;
    this.#channel = new Channel({
      connectionId,
      sendKey: keys.toRelay,
      receiveKey: keys.toClient,
      rttMs: path.rttMs,
      idleMs: path.idleMs,
      send: (datagram, isProbe) => {
        for (const way of isProbe ? [this.#way, ...path.ways] : [this.#way]) {
          socket.send(datagram, way.port, way.host, () => {});
        }
      },
      onData: (data) => this.#read(data),
      onClosed: (reason) => this.#fail(reason === 'timed out' ? 'connection lost: timed out' : 'connection closed'),
    });
    socket.on('message', (datagram, from) => {
      if (connectionIdOf(datagram) !== connectionId || !this.#channel.receive(datagram)) return;
      this.#way = { host: from.address, port: from.port };
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
