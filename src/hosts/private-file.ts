import {
  closeSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';

/** A file with a key that others may read, or that is not ours. */
export class NotPrivateError extends Error {
  override name = 'NotPrivateError';
  readonly kind = 'BadInput';
}

/** Reads a file that nobody else may read or write. @throws NotPrivateError, and whatever the file system says */
export function readPrivate(file: string): Buffer {
  const fd = openSync(file, 'r');
  try {
    const wrong = whyNotPrivate(fstatSync(fd), file);
    if (wrong !== undefined) throw new NotPrivateError(`\`${file}\` ${wrong}`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function whyNotPrivate(stats: Stats, file: string): string | undefined {
  const us = process.getuid?.();
  if (!stats.isFile()) return 'is not a file';
  if (us !== undefined && stats.uid !== us) return `belongs to user ${stats.uid}, not to us (${us}): it is not used`;
  const mode = stats.mode & 0o777;
  if ((mode & 0o077) === 0) return undefined;
  return `is open to others (mode ${mode.toString(8)}): whatever it kept is no secret any more; make a new one, or \`chmod 600 ${file}\` if nobody looked`;
}

/** Makes a file of mode 0600 that is whole from its first moment. False: there is one already, and it is left alone. */
export function createPrivate(file: string, content: string | Buffer): boolean {
  const whole = aside(file, content);
  try {
    linkSync(whole, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(whole, { force: true });
  }
}

/** Replaces a file at once by one of mode 0600. */
export const replacePrivate = (file: string, content: string | Buffer): void => renameSync(aside(file, content), file);

/** A name that nobody can foresee, in a folder that is ours where we had to make it. */
function aside(file: string, content: string | Buffer): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const whole = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(whole, content, { mode: 0o600, flag: 'wx' });
  return whole;
}
