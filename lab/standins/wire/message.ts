/** What client and relay say to each other: HELLO and WELCOME, then PUSH and ACK, PULL and PULLED. */
export type Message =
  | { kind: 'hello'; group: string; deviceName: string; lastCursor: number }
  | { kind: 'welcome'; maxCursor: number }
  | { kind: 'push'; blobId: string; payload: Buffer; inClear?: string }
  | { kind: 'ack'; blobId: string; cursor: number }
  | { kind: 'pull'; afterCursor: number; limit: number }
  | { kind: 'pulled'; blobs: Blob[]; hasMore: boolean }
  /** The product closes the stream without an answer; the client sees `connection closed`. */
  | { kind: 'dropped' };

export interface Blob {
  blobId: string;
  cursor: number;
  payload: Buffer;
}

export function encodeMessage(message: Message): Buffer {
  if (message.kind === 'push') return join({ ...message, payload: undefined }, [message.payload]);
  if (message.kind !== 'pulled') return join(message, []);
  const blobs = message.blobs.map(({ blobId, cursor, payload }) => ({ blobId, cursor, bytes: payload.length }));
  const payloads = message.blobs.map(({ payload }) => payload);
  return join({ kind: 'pulled', hasMore: message.hasMore, blobs }, payloads);
}

/** @throws when the bytes are no message. */
export function decodeMessage(bytes: Buffer): Message {
  const headEnd = 4 + bytes.readUInt32BE(0);
  const head = JSON.parse(bytes.toString('utf8', 4, headEnd)) as Message;
  const payload = deflate(bytes.subarray(headEnd));
  if (head.kind === 'push') return { ...head, payload };
  if (head.kind !== 'pulled') return head;
  let at = 0;
  const blobs = (head.blobs as unknown as Array<{ blobId: string; cursor: number; bytes: number }>).map((blob) => {
    const from = at;
    at += blob.bytes;
    return { blobId: blob.blobId, cursor: blob.cursor, payload: payload.subarray(from, at) };
  });
  return { ...head, blobs };
}

/** Bytes that a payload takes on the wire. */
export function wireBytes(payload: Buffer): number {
  return Buffer.byteLength(payload.toString('latin1'), 'utf8');
}

function join(head: object, payloads: Buffer[]): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, ...payloads.map(inflate)]);
}

/** A byte from 0x80 on travels as two, as in the product's encoding: a payload takes 1.5 times its size. Bytes as characters of Latin-1, written in UTF-8: native code, as a loop over bytes costs an emulated machine seconds. */
function inflate(payload: Buffer): Buffer {
  return Buffer.from(payload.toString('latin1'), 'utf8');
}

function deflate(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('utf8'), 'latin1');
}
