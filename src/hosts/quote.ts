import type { Argv } from '../faults/argv.ts';

/** One word as POSIX sh text. Single quotes only: `$'…'` is not known to dash. */
export function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError(`A word of a command has a NUL: ${JSON.stringify(word)}`);
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** The words of a command as POSIX sh text. */
export const quoteAll = (argv: Argv): string => argv.map(quote).join(' ');
