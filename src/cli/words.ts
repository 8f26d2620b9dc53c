import type { Argv } from '../faults/argv.ts';
import { TTL_SECONDS } from '../faults/argv.ts';
import { quote } from '../hosts/quote.ts';

const PLAIN = /^[\w@%+=:,./-]+$/;

/** A command as a person would type it: quotes only where a shell needs them, the lease's length filled in. */
export const shown = (argv: Argv, leaseSeconds: number): string =>
  argv
    .map((word) => word.replaceAll(TTL_SECONDS, String(leaseSeconds)))
    .map((word) => (PLAIN.test(word) ? word : quote(word)))
    .join(' ');
