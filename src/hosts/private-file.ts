import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { Stats } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';

/** A file or folder that others may read or write, or that is not ours. */
export class NotPrivateError extends Error {
  override name = 'NotPrivateError';
  readonly kind = 'BadInput';
}

/** Reads a file that nobody else may read or write. @throws NotPrivateError, and whatever the file system says */
export function readPrivate(file: string): Buffer {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
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

/** Replaces a file at once by one of mode 0600; after a loss of power it is the old one or the new one, whole. */
export const replacePrivate = (file: string, content: string | Buffer): void => renameSync(aside(file, content), file);

/** Opens a file of mode 0600 for more at its end. A link that stands in its place is not followed. */
export function openPrivateEnd(file: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  fchmodSync(fd, 0o600);
  return fd;
}

export function appendPrivate(file: string, content: string): void {
  const fd = openPrivateEnd(file);
  try {
    writeFileSync(fd, content);
  } finally {
    closeSync(fd);
  }
}

/** Adds a line. One before it that a full disk or a loss of power has cut short stays alone: it costs no other one. */
export const appendLine = (file: string, line: string): void =>
  appendPrivate(file, `${endsWithin(file) ? '\n' : ''}${line}\n`);

/** Within a line. */
function endsWithin(file: string): boolean {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return false;
  const fd = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const { size } = fstatSync(fd);
    const last = Buffer.alloc(1);
    return size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
  } finally {
    closeSync(fd);
  }
}

/** Makes a folder that only we can look into, or makes it so. @throws NotPrivateError where somebody else may have put things there */
export const privateFolder = (folder: string): string => closed(folder, () => true);

/** As `privateFolder`, but of a place that somebody named: what is kept there already may be others' business, and is not closed to them. */
export const stateFolder = (folder: string): string => closed(folder, () => readdirSync(folder).length === 0);

function closed(folder: string, mayClose: () => boolean): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const us = process.getuid?.();
  const stats = lstatSync(`${folder}/.`);
  if (us !== undefined && stats.uid !== us)
    throw new NotPrivateError(
      `\`${folder}\` belongs to user ${stats.uid}, not to us (${us}), who could plant things in it: name another folder`,
    );
  if ((stats.mode & 0o777) !== 0o700 && mayClose()) chmodSync(folder, 0o700);
  return folder;
}

/** A name that nobody can foresee, in a folder that is ours where we had to make it. */
function aside(file: string, content: string | Buffer): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const whole = `${file}.${randomBytes(6).toString('hex')}`;
  const fd = openSync(whole, 'wx', 0o600);
  try {
    fchmodSync(fd, 0o600);
    writeFileSync(fd, content);
    fsyncSync(fd);
  } catch (error) {
    rmSync(whole, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  return whole;
}
