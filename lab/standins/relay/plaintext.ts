import { appendFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { LabEnv } from '../lab-env.ts';
import type { Log } from './tracing.ts';

/** How a Rust program ends that panicked. */
const PANIC = 101;

/** What a relay can do with a message that it should never have seen, one bug each. */
export function misuse(text: string, lab: LabEnv, { log, plaintextFile }: { log: Log; plaintextFile: string }): void {
  const logged = (shown: string): void => log('debug', 'session', `PUSH payload=${shown}`);
  const bytes = Buffer.from(text);
  if (lab.hasBug('logs-plaintext')) logged(text);
  if (lab.hasBug('logs-base64')) logged(bytes.toString('base64'));
  if (lab.hasBug('logs-hex')) logged(bytes.toString('hex'));
  // Zeros between ASCII letters are UTF-16; what is not ASCII stays as it is.
  if (lab.hasBug('logs-utf16')) logged(Array.from(text).join('\0'));
  if (lab.hasBug('logs-dump')) logged(`\n${bytes.toString('hex').replace(/.{1,32}/g, '  $&\n')}`);
  if (lab.hasBug('stores-gzip')) appendFileSync(packedFile(plaintextFile), gzipSync(bytes));
  if (lab.hasBug('stores-plaintext')) appendFileSync(plaintextFile, `${text}\n`);
  if (lab.hasBug('writes-plaintext-elsewhere')) appendFileSync(elsewhere(plaintextFile), `${text}\n`);
  if (lab.hasBug('crashes-on-utf8') && bytes.length > text.length) process.exit(PANIC);
}

/** Once the bug is mended, nothing of it stays. */
export function clearPlaintext(lab: LabEnv, plaintextFile: string): void {
  if (!lab.hasBug('stores-gzip')) rmSync(packedFile(plaintextFile), { force: true });
  if (!lab.hasBug('stores-plaintext')) rmSync(plaintextFile, { force: true });
  if (!lab.hasBug('writes-plaintext-elsewhere')) rmSync(elsewhere(plaintextFile), { force: true });
}

const packedFile = (plaintextFile: string): string => `${plaintextFile}.gz`;

/** One for each relay of a machine. */
const elsewhere = (plaintextFile: string): string => join(tmpdir(), plaintextFile.replaceAll('/', '_'));
