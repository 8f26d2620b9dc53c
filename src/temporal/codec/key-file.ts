import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { createPrivate, readPrivate, replacePrivate } from '../../hosts/private-file.ts';
import { withLock } from '../lock.ts';
import { CodecError } from './error.ts';
import type { CodecKey } from './seal.ts';

const KEY_BYTES = 32;
/** Two people who rotate at once must not lose each other's key. */
const LOCK_PATIENCE_MS = 10_000;

const schema = z.strictObject({
  /** The first one encrypts; all decrypt. */
  keys: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
        createdAt: z.iso.datetime(),
        /** Base64. */
        key: z.base64().refine((text) => Buffer.from(text, 'base64').length === KEY_BYTES),
      }),
    )
    .min(1)
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length),
});

type KeyFile = z.infer<typeof schema>;

/** The keys of a file, newest first. @throws CodecError, which names fields and never values */
export const readKeys = (file: string): CodecKey[] =>
  read(file).keys.map(({ id, key }) => ({ id, key: Buffer.from(key, 'base64') }));

function read(file: string): KeyFile {
  let text: string;
  try {
    text = readPrivate(file).toString();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const way = code === 'ENOENT' ? 'make one with `0k-chaos codec keygen`, or put yours there' : 'see `ls -l` of it';
    throw new CodecError(`The codec's key file \`${file}\` cannot be used: ${message}; ${way}`, { cause: error });
  }
  const parsed = schema.safeParse(json(text));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path }) => `\`${path.join('.') || 'the whole'}\``).join(', ');
  throw new CodecError(`The codec's key file \`${file}\` is not as \`0k-chaos codec keygen\` writes it: ${where}`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Makes a file with one key. @returns its id. @throws CodecError where there is a file already */
export function makeKeys(file: string): string {
  const key = newKey();
  if (createPrivate(file, textOf({ keys: [key] }))) return key.id;
  throw new CodecError(
    `There is a key file \`${file}\` already, and what was encrypted with it needs it; \`0k-chaos codec rotate\` adds a key to it`,
  );
}

/** Adds a key that encrypts from now on; the others go on decrypting. @returns its id */
export function rotateKeys(file: string): Promise<string> {
  read(file);
  return withLock(`${file}.lock`, LOCK_PATIENCE_MS, () => {
    const key = newKey();
    replacePrivate(file, textOf({ keys: [key, ...read(file).keys] }));
    return Promise.resolve(key.id);
  });
}

function newKey(): KeyFile['keys'][number] {
  const createdAt = new Date().toISOString();
  const id = `${createdAt.slice(0, 10)}-${randomBytes(4).toString('hex')}`;
  return { id, createdAt, key: randomBytes(KEY_BYTES).toString('base64') };
}

const textOf = (file: KeyFile): string => `${JSON.stringify(file, null, 2)}\n`;
