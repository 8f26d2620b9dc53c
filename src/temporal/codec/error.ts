/** What cannot be encrypted or decrypted, and what a person can do about it. Never quotes a key or what was encrypted. */
export class CodecError extends Error {
  override name = 'CodecError';
  readonly kind = 'BadInput';
}
