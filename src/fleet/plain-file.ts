import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Stats } from 'node:fs';

/** A folder, a pipe or a device: the latter two may never end. */
export class NotAFileError extends Error {
  override name = 'NotAFileError';
  readonly kind = 'BadInput';
}

/** Far larger than what it should be: another file, named by mistake. */
export class TooLargeError extends Error {
  override name = 'TooLargeError';
}

/** Another user may have written it, and it says what is run. */
export class NotOursError extends Error {
  override name = 'NotOursError';
}

/**
 * Reads a file that somebody named, or what a link leads to. `owners`: only one that nobody writes to but us, root, these users, or a group.
 * @throws NotAFileError, TooLargeError, NotOursError, and whatever the file system says
 */
export function readPlainFile(
  file: string,
  mostBytes: number,
  { owners }: { owners?: readonly number[] } = {},
): Buffer {
  // A pipe that nobody writes to would hold up the whole process as soon as it is opened.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (stats.isDirectory()) throw new NotAFileError('is a folder');
    if (!stats.isFile()) throw new NotAFileError('is a pipe or a device, and no file');
    if (stats.size > mostBytes) throw new TooLargeError(`has ${stats.size} bytes (at most ${mostBytes})`);
    const foreign = owners && whyNotOurs(stats, file, owners);
    if (foreign !== undefined) throw new NotOursError(foreign);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writing by the group is left alone: with the umask 002 it is everybody's own. */
function whyNotOurs({ uid, mode }: Stats, file: string, owners: readonly number[]): string | undefined {
  const us = process.getuid?.() ?? uid;
  if (![us, 0, ...owners].includes(uid))
    return `belongs to user ${uid}, neither to us (${us}) nor to root, and says what is run: look at it, then \`chown ${us} ${file}\``;
  if ((mode & 0o002) === 0) return undefined;
  return `anybody may write to it (mode ${(mode & 0o777).toString(8)}), and it says what is run: look at it, then \`chmod go-w ${file}\``;
}
