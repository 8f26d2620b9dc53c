/** Ends the program with `Error: …` and, when there is one, the cause below it, as the product prints them. */
export class Failure extends Error {
  override name = 'Failure';
  override readonly cause: string | undefined;

  constructor(message: string, cause?: string) {
    super(message);
    this.cause = cause;
  }

  text(): string {
    if (this.cause === undefined) return `Error: ${this.message}\n`;
    return `Error: ${this.message}\n\nCaused by:\n    ${this.cause}\n`;
  }
}

/** `No such file or directory (os error 2)`: how the product names an error of the operating system. */
export function osError(error: unknown): string {
  const { code, errno, message } = error as NodeJS.ErrnoException;
  const text = OS_ERRORS[code ?? ''];
  return text === undefined ? message : `${text} (os error ${Math.abs(errno ?? 0)})`;
}

const OS_ERRORS: Record<string, string> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  ENXIO: 'No such device or address',
};
