import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** A folder, a pipe or a device: the latter two may never end. */
export class NotAFileError extends Error {
  override name = 'NotAFileError';
  readonly kind = 'BadInput';
}

/** Far larger than what it should be: another file, named by mistake. */
export class TooLargeError extends Error {
  override name = 'TooLargeError';
}

/** Reads a file that somebody named, or what a link leads to. @throws NotAFileError, TooLargeError, and whatever the file system says */
export function readPlainFile(file: string, mostBytes: number): Buffer {
  // A pipe that nobody writes to would hold up the whole process as soon as it is opened.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    if (stats.isDirectory()) throw new NotAFileError('is a folder');
    if (!stats.isFile()) throw new NotAFileError('is a pipe or a device, and no file');
    if (stats.size > mostBytes) throw new TooLargeError(`has ${stats.size} bytes (at most ${mostBytes})`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
