import {
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** An endpoint: its id is the ed25519 public key, in hex outside and as 32 bytes on the wire. */
export interface Identity {
  id: string;
  publicKey: Buffer;
  sign(data: Buffer): Buffer;
}

/** The two keys of a connection, one a direction. */
export interface SessionKeys {
  toRelay: Buffer;
  toClient: Buffer;
}

export function newIdentity(): Identity {
  return identityOf(generateKeyPairSync('ed25519').privateKey);
}

export function identityOf(privateKey: KeyObject): Identity {
  const raw = rawPublicKey(createPublicKey(privateKey));
  return { id: raw.toString('hex'), publicKey: raw, sign: (data) => sign(null, data, privateKey) };
}

export function isSignedBy(publicKey: Buffer, data: Buffer, signature: Buffer): boolean {
  return verify(null, data, keyFrom('Ed25519', publicKey), signature);
}

/** An ephemeral X25519 key pair, used for one connection. */
export function newEphemeral(): { privateKey: KeyObject; publicKey: Buffer } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { privateKey, publicKey: rawPublicKey(publicKey) };
}

/** Both sides derive the same keys from the shared secret and the hash of all that was said. */
export function sessionKeys(mine: KeyObject, theirs: Buffer, transcript: Buffer): SessionKeys {
  const shared = diffieHellman({ privateKey: mine, publicKey: keyFrom('X25519', theirs) });
  const bytes = Buffer.from(hkdfSync('sha256', shared, transcript, '0k-sync stand-in session', 64));
  return { toRelay: bytes.subarray(0, 32), toClient: bytes.subarray(32) };
}

/**
 * Not by JWK: Node 20 holds the key's mutex while it makes those strings, and a collection of garbage just then, which takes the same
 * mutex to forget how the key was generated, waits for ever. The last 32 bytes are the key (RFC 8410).
 */
function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32);
}

function keyFrom(curve: 'Ed25519' | 'X25519', raw: Buffer): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: curve, x: raw.toString('base64url') }, format: 'jwk' });
}
