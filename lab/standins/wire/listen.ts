import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { type Address, asItIs } from './address.ts';
import { Channel } from './channel.ts';
import { frame, MAX_MESSAGE_BYTES, MessageReader } from './framing.ts';
import { accept, type Accepted, connectionIdOf, DATA, HELLO, isMeantFor, waitFor } from './handshake.ts';
import type { Identity } from './identity.ts';
import { decodeMessage, encodeMessage, type Message } from './message.ts';

/** One client's connection, as the relay sees it. */
export interface Peer {
  /** The client's endpoint id, 64 hex. */
  readonly id: string;
  send(message: Message): void;
}

export interface ListenOptions {
  me: Identity;
  port: number;
  idleMs(): number;
  /** Whether nobody may connect: asked at each hello. */
  isDeaf?(): boolean;
  onPeer(peer: Peer): void;
  onMessage(peer: Peer, message: Message): void;
  /** A message that cannot be read. */
  onGarbage(peer: Peer, error: Error): void;
  onGone(peer: Peer, reason: string): void;
}

export interface Listener {
  port: number;
  /** Tells every client that we are going, so that it fails over at once. */
  close(reason: string): Promise<void>;
}

interface Session {
  accepted: Accepted;
  hello: Buffer;
  way: Address;
  channel: Channel;
}

/** Waits for clients on a UDP port. @throws when the port is taken. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const socket = await bind(options.port);
  const sessions = new Map<string, Session>();
  socket.on('message', (datagram, from) => {
    if (datagram[0] === HELLO) greet(socket, sessions, options, datagram, from);
    else if (datagram[0] === DATA) {
      const session = sessions.get(connectionIdOf(datagram));
      if (session?.channel.receive(datagram) === true) session.way = { host: from.address, port: from.port };
    }
  });
  return {
    port: socket.address().port,
    async close(reason) {
      for (const { channel } of sessions.values()) channel.close(reason);
      await new Promise<void>((resolve) => setImmediate(() => socket.close(() => resolve())));
    },
  };
}

function bind(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({ type: 'udp4', lookup: asItIs });
    socket.once('error', reject);
    socket.bind(port, () => {
      socket.removeAllListeners('error');
      // A client that is gone is silence: its connection ends by the idle timeout.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

function greet(
  socket: Socket,
  sessions: Map<string, Session>,
  options: ListenOptions,
  hello: Buffer,
  from: RemoteInfo,
): void {
  const known = sessions.get(connectionIdOf(hello));
  if (known !== undefined) {
    if (known.hello.equals(hello)) socket.send(known.accepted.datagram, from.port, from.address, () => {});
    return;
  }
  if (options.isDeaf?.() === true || !isMeantFor(hello, options.me)) return;
  socket.send(waitFor(hello), from.port, from.address, () => {});
  // The sign of life leaves before the costly part begins.
  setImmediate(() => welcome(socket, sessions, options, hello, from));
}

function welcome(
  socket: Socket,
  sessions: Map<string, Session>,
  options: ListenOptions,
  hello: Buffer,
  from: RemoteInfo,
): void {
  const accepted = sessions.has(connectionIdOf(hello)) ? null : accept(hello, options.me);
  if (accepted === null) return;
  const way = { host: from.address, port: from.port };
  const session: Session = { accepted, hello, way, channel: undefined as unknown as Channel };
  session.channel = openChannel(socket, sessions, options, session);
  sessions.set(accepted.connectionId, session);
  socket.send(accepted.datagram, from.port, from.address, () => {});
}

function openChannel(
  socket: Socket,
  sessions: Map<string, Session>,
  options: ListenOptions,
  session: Session,
): Channel {
  const { clientId, connectionId, keys } = session.accepted;
  const reader = new MessageReader();
  const peer: Peer = { id: clientId, send: (message) => session.channel.write(framed(message)) };
  options.onPeer(peer);
  return new Channel({
    connectionId,
    sendKey: keys.toClient,
    receiveKey: keys.toRelay,
    rttMs: FIRST_RTT,
    idleMs: options.idleMs(),
    send: (datagram) => socket.send(datagram, session.way.port, session.way.host, () => {}),
    onData: (data) => {
      try {
        for (const bytes of reader.add(data)) options.onMessage(peer, decodeMessage(bytes));
      } catch (error) {
        options.onGarbage(peer, error as Error);
      }
    },
    onClosed: (reason) => {
      sessions.delete(connectionId);
      options.onGone(peer, reason);
    },
  });
}

/** ms, until measured: too short costs a needless repeat, too long a late one. */
const FIRST_RTT = 100;

/** A response above the limit goes out all the same, as the product's does, and fails at the client. */
function framed(message: Message): Buffer {
  const bytes = encodeMessage(message);
  if (bytes.length <= MAX_MESSAGE_BYTES) return frame(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return length;
}
