import { createHash, randomBytes } from 'node:crypto';
import { type Identity, isSignedBy, newEphemeral, type SessionKeys, sessionKeys } from './identity.ts';

/** First byte of a datagram. */
export const HELLO = 1;
export const ACCEPT = 2;
export const DATA = 3;
/** A relay's sign of life while it works out its answer: its machine may be slow. Not proof of anything. */
export const WAIT = 4;

export const CONNECTION_ID_BYTES = 8;
const HELLO_BYTES = 1 + CONNECTION_ID_BYTES + 32 + 32 + 32 + 64;
const ACCEPT_BYTES = 1 + CONNECTION_ID_BYTES + 32 + 64;

/** One round trip: the client names the relay it wants and signs; the relay proves that it is the one. */
export interface Opening {
  connectionId: string;
  /** To be sent, and sent again, to every candidate address. */
  datagram: Buffer;
  /** The keys, or null when the answer is not from the relay we named. */
  finish(answer: Buffer): SessionKeys | null;
}

export function openTo(relayId: string, me: Identity): Opening {
  const ephemeral = newEphemeral();
  const connectionId = randomBytes(CONNECTION_ID_BYTES);
  const unsigned = Buffer.concat([
    Buffer.of(HELLO),
    connectionId,
    Buffer.from(relayId, 'hex'),
    me.publicKey,
    ephemeral.publicKey,
  ]);
  const datagram = Buffer.concat([unsigned, me.sign(unsigned)]);
  return {
    connectionId: connectionId.toString('hex'),
    datagram,
    finish(answer) {
      if (answer.length !== ACCEPT_BYTES || answer[0] !== ACCEPT) return null;
      if (!answer.subarray(1, 9).equals(connectionId)) return null;
      const theirs = answer.subarray(9, 41);
      const transcript = hashOf(datagram, theirs);
      if (!isSignedBy(Buffer.from(relayId, 'hex'), transcript, answer.subarray(41))) return null;
      return sessionKeys(ephemeral.privateKey, theirs, transcript);
    },
  };
}

export interface Accepted {
  connectionId: string;
  clientId: string;
  keys: SessionKeys;
  /** To be sent again whenever the same hello comes again. */
  datagram: Buffer;
}

/** Is this hello for us? The cheap half of `accept`. */
export function isMeantFor(hello: Buffer, me: Identity): boolean {
  return hello.length === HELLO_BYTES && hello.subarray(9, 41).equals(me.publicKey);
}

export function waitFor(hello: Buffer): Buffer {
  return Buffer.concat([Buffer.of(WAIT), hello.subarray(1, 1 + CONNECTION_ID_BYTES)]);
}

/** What a relay makes of a hello; null when it is meant for another relay (an earlier id of this one) or is not signed. */
export function accept(hello: Buffer, me: Identity): Accepted | null {
  if (!isMeantFor(hello, me)) return null;
  const client = hello.subarray(41, 73);
  const unsigned = hello.subarray(0, HELLO_BYTES - 64);
  if (!isSignedBy(client, unsigned, hello.subarray(HELLO_BYTES - 64))) return null;
  const ephemeral = newEphemeral();
  const transcript = hashOf(hello, ephemeral.publicKey);
  return {
    connectionId: connectionIdOf(hello),
    clientId: client.toString('hex'),
    keys: sessionKeys(ephemeral.privateKey, hello.subarray(73, 105), transcript),
    datagram: Buffer.concat([Buffer.of(ACCEPT), hello.subarray(1, 9), ephemeral.publicKey, me.sign(transcript)]),
  };
}

export function connectionIdOf(datagram: Buffer): string {
  return datagram.toString('hex', 1, 1 + CONNECTION_ID_BYTES);
}

function hashOf(...parts: Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
