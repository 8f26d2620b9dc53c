import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** ms within which a push follows quickly. */
const QUICK = 1000;

/** The bug `loses-quick-push`: whether the last push of this data dir that was sent ended just now. */
export function isQuick(dir: string): boolean {
  try {
    return Date.now() - statSync(noteFile(dir)).mtimeMs < QUICK;
  } catch {
    return false;
  }
}

export function notePush(dir: string): void {
  writeFileSync(noteFile(dir), '');
}

function noteFile(dir: string): string {
  return join(dir, '.last-push');
}
