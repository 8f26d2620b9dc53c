import { createCipheriv, createDecipheriv } from 'node:crypto';
import { CONNECTION_ID_BYTES, DATA } from './handshake.ts';

/** Largest datagram, as QUIC's: fits every link without fragments. */
export const MAX_DATAGRAM = 1200;
const HEADER_BYTES = 1 + CONNECTION_ID_BYTES + 4;
const TAG_BYTES = 16;
/** Room for frames in one datagram. */
export const MAX_FRAMES = MAX_DATAGRAM - HEADER_BYTES - TAG_BYTES;
const CIPHER = 'chacha20-poly1305';

export type Frame =
  | { kind: 'stream'; offset: number; data: Buffer }
  | { kind: 'ack'; ranges: Array<[first: number, last: number]> }
  | { kind: 'ping' }
  | { kind: 'close'; reason: string };

const STREAM = 1;
const ACK = 2;
const PING = 3;
const CLOSE = 4;
/** Kind, offset and length before the data of a stream frame. */
export const STREAM_HEADER = 7;

/** One encrypted datagram. A packet number is used once a key, so it is the nonce. */
export function seal(key: Buffer, connectionId: string, number: number, frames: Frame[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = DATA;
  header.write(connectionId, 1, 'hex');
  header.writeUInt32BE(number, 1 + CONNECTION_ID_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonceOf(number), { authTagLength: TAG_BYTES });
  const plain = Buffer.concat(frames.map(encode));
  cipher.setAAD(header, { plaintextLength: plain.length });
  return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The frames of a datagram, or null when it is not ours, not whole or not authentic. */
export function unseal(key: Buffer, datagram: Buffer): { number: number; frames: Frame[] } | null {
  if (datagram.length < HEADER_BYTES + TAG_BYTES || datagram[0] !== DATA) return null;
  const number = datagram.readUInt32BE(1 + CONNECTION_ID_BYTES);
  const cipher = createDecipheriv(CIPHER, key, nonceOf(number), { authTagLength: TAG_BYTES });
  const body = datagram.subarray(HEADER_BYTES, -TAG_BYTES);
  cipher.setAAD(datagram.subarray(0, HEADER_BYTES), { plaintextLength: body.length });
  cipher.setAuthTag(datagram.subarray(-TAG_BYTES));
  try {
    return { number, frames: decode(Buffer.concat([cipher.update(body), cipher.final()])) };
  } catch {
    return null;
  }
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 8);
  return nonce;
}

function encode(frame: Frame): Buffer {
  switch (frame.kind) {
    case 'stream': {
      const head = Buffer.alloc(STREAM_HEADER);
      head[0] = STREAM;
      head.writeUInt32BE(frame.offset, 1);
      head.writeUInt16BE(frame.data.length, 5);
      return Buffer.concat([head, frame.data]);
    }
    case 'ack': {
      const bytes = Buffer.alloc(2 + frame.ranges.length * 8);
      bytes[0] = ACK;
      bytes[1] = frame.ranges.length;
      for (const [i, [first, last]] of frame.ranges.entries()) {
        bytes.writeUInt32BE(first, 2 + i * 8);
        bytes.writeUInt32BE(last, 6 + i * 8);
      }
      return bytes;
    }
    case 'ping':
      return Buffer.of(PING);
    case 'close': {
      const reason = Buffer.from(frame.reason).subarray(0, 255);
      return Buffer.concat([Buffer.of(CLOSE, reason.length), reason]);
    }
  }
}

/** @throws RangeError when a frame is cut short; the caller drops the datagram. */
function decode(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length;) {
    const kind = bytes.readUInt8(at);
    if (kind === STREAM) {
      const end = at + STREAM_HEADER + bytes.readUInt16BE(at + 5);
      frames.push({
        kind: 'stream',
        offset: bytes.readUInt32BE(at + 1),
        data: bytes.subarray(at + STREAM_HEADER, end),
      });
      at = end;
    } else if (kind === ACK) {
      const ranges: Array<[number, number]> = [];
      const count = bytes.readUInt8(at + 1);
      for (let i = 0; i < count; i++)
        ranges.push([bytes.readUInt32BE(at + 2 + i * 8), bytes.readUInt32BE(at + 6 + i * 8)]);
      frames.push({ kind: 'ack', ranges });
      at += 2 + count * 8;
    } else if (kind === CLOSE) {
      const end = at + 2 + bytes.readUInt8(at + 1);
      frames.push({ kind: 'close', reason: bytes.toString('utf8', at + 2, end) });
      at = end;
    } else if (kind === PING) {
      frames.push({ kind: 'ping' });
      at += 1;
    } else throw new RangeError(`frame of unknown kind ${kind}`);
  }
  return frames;
}
