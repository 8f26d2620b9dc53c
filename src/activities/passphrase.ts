import { createHmac, randomBytes } from 'node:crypto';
import path from 'node:path';
import type { RunRef } from '../contract/run.ts';
import { createPrivate, readPrivate } from '../hosts/private-file.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';

const KEY_BYTES = 32;

/** The passphrase of a run: derived, so that it stands in no history and no file but the worker's key. @throws GroundFailed */
export const passphraseOf = (deps: Pick<Deps, 'stateDir'>, run: RunRef): string =>
  createHmac('sha256', keyIn(deps.stateDir)).update(`${run.workflowId}/${run.runId}`).digest('base64url');

/** Where the key lies that all passphrases are derived from. */
export const keyFile = (stateDir: string): string => path.join(stateDir, 'key');

function keyIn(stateDir: string): Buffer {
  const file = keyFile(stateDir);
  try {
    const key = existing(file) ?? (createPrivate(file, randomBytes(KEY_BYTES)), readPrivate(file));
    if (key.length === KEY_BYTES) return key;
  } catch (error) {
    throw failure('GroundFailed', `The key of the passphrases: ${(error as Error).message}`);
  }
  throw failure('GroundFailed', `\`${file}\` is not a key of ${KEY_BYTES} bytes; remove it, and a new one is made`);
}

function existing(file: string): Buffer | undefined {
  try {
    return readPrivate(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
