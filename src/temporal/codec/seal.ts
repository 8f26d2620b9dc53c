import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { CodecError } from './error.ts';

/** AES-256: one key, and the name that payloads carry of it. */
export interface CodecKey {
  id: string;
  key: Buffer;
}

/** As Temporal's own samples write it, so that UI and tools show a closed payload as one. */
const ENCRYPTED = 'binary/encrypted';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const { Payload: message } = proto.temporal.api.common.v1;

/** The whole payload, metadata too, in another one: a random nonce, the ciphertext, the tag. The key's id is authenticated. */
export function seal({ id, key }: CodecKey, payload: Payload): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(id));
  const sealed = [cipher.update(message.encode(payload).finish()), cipher.final()];
  return {
    metadata: { encoding: Buffer.from(ENCRYPTED), 'encryption-key-id': Buffer.from(id) },
    data: Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]),
  };
}

/** Id of the key that a payload is encrypted with. Undefined: it is in clear. */
export function keyIdOf({ metadata }: Payload): string | undefined {
  if (text(metadata?.['encoding']) !== ENCRYPTED) return undefined;
  return text(metadata?.['encryption-key-id']);
}

/** @throws CodecError where any bit of it is not as it was sealed with this key */
export function unseal({ id, key }: CodecKey, { data }: Payload): Payload {
  const bytes = Buffer.from(data ?? []);
  const [nonce, sealed, tag] = [
    bytes.subarray(0, NONCE_BYTES),
    bytes.subarray(NONCE_BYTES, -TAG_BYTES),
    bytes.subarray(-TAG_BYTES),
  ];
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(boundTo(id));
    decipher.setAuthTag(tag);
    return message.decode(Buffer.concat([decipher.update(sealed), decipher.final()]));
  } catch {
    const what = `A payload of ${bytes.length} bytes that is encrypted with the key \`${id}\` does not open`;
    throw new CodecError(`${what}: it was altered or cut short, or another key goes by that id here`);
  }
}

const boundTo = (id: string): Buffer => Buffer.from(`0k-chaos payload 1\0${id}`);

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();
