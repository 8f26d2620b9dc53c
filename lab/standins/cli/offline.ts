import { createHash } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labEnvFile } from '../lab-env.ts';

/** The bug `stays-offline`: that a command of this machine reached no relay, since the bug was planted. */
export function wasOffline(): boolean {
  try {
    return statSync(noteFile()).mtimeMs >= statSync(labEnvFile()).mtimeMs;
  } catch {
    return false;
  }
}

export function rememberOffline(): void {
  writeFileSync(noteFile(), '');
}

/** One for each lab that this machine is part of. */
function noteFile(): string {
  const lab = createHash('sha256').update(labEnvFile()).digest('hex').slice(0, 16);
  return join(tmpdir(), `0k-sync-offline-${lab}`);
}
