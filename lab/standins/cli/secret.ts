import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes, scryptSync } from 'node:crypto';
import { totalmem } from 'node:os';

/** The salt of a group joined by endpoint id: the same everywhere, as there is no invite to carry one. */
export const JOIN_SALT = Buffer.from('0k-endpt-join-v2');
const NONCE_BYTES = 24;
const TAG_BYTES = 16;
const MIB = 1024 * 1024;

/**
 * The group's secret. scrypt stands for Argon2id, which Node 20 lacks, at a cost a slow machine can bear.
 * `followsRam` is the real defect: the cost then depends on the machine, and so does the group.
 */
export function groupSecret(passphrase: string, followsRam: boolean): Buffer {
  const cost = followsRam ? costForRam(totalmem() / MIB) : 2 ** 13;
  return scryptSync(passphrase, JOIN_SALT, 32, { N: cost, r: 8, p: 1 });
}

/** The product's steps: below 4000 MB, below 8000 MB, and from there on. */
export function costForRam(megabytes: number): number {
  if (megabytes < 4000) return 2 ** 11;
  return megabytes < 8000 ? 2 ** 12 : 2 ** 13;
}

export function groupIdOf(secret: Buffer): string {
  return createHash('sha256').update('0k-sync-group-id-v1').update(secret).digest('base64url');
}

/** Encrypts for the group: 24 bytes of nonce before, 16 of tag behind. */
export function sealBlob(secret: Buffer, plaintext: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', blobKey(secret, nonce), nonce.subarray(12));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Null when the blob is not of this group, or was changed. */
export function openBlob(secret: Buffer, blob: Buffer): Buffer | null {
  if (blob.length < NONCE_BYTES + TAG_BYTES) return null;
  const nonce = blob.subarray(0, NONCE_BYTES);
  const cipher = createDecipheriv('aes-256-gcm', blobKey(secret, nonce), nonce.subarray(12));
  cipher.setAuthTag(blob.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([cipher.update(blob.subarray(NONCE_BYTES, -TAG_BYTES)), cipher.final()]);
  } catch {
    return null;
  }
}

/** A key of its own for each blob from the nonce's first half, as XChaCha20 does, so that a random nonce is safe. */
function blobKey(secret: Buffer, nonce: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, nonce.subarray(0, 12), '0k-sync-group-key-v1 encryption', 32));
}
