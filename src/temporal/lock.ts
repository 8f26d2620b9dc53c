import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { identify, isAlive, type ProcessId } from './process.ts';

/** How often a waiting caller looks again. */
const LOOK_MS = 50;

/**
 * Runs `body` while no other process does so under the same file. A holder that died is passed over. The file appears with its
 * content at once (link(2) of a finished file), so nobody ever reads half of it.
 */
export async function withLock<T>(file: string, patienceMs: number, body: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  const mine = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(mine, JSON.stringify(identify(process.pid)), { mode: 0o600 });
  try {
    while (!taken(mine, file)) {
      const holder = read(file);
      if (holder !== undefined && !isAlive(holder)) {
        passOver(file, holder);
      } else if (Date.now() > deadline) {
        throw new Error(
          `process ${holder?.pid ?? '?'} has held \`${file}\` for more than ${patienceMs / 1000} s; see what it does, or end it`,
        );
      } else {
        await pause(LOOK_MS);
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
  try {
    return await body();
  } finally {
    rmSync(file, { force: true });
  }
}

function taken(mine: string, file: string): boolean {
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

function read(file: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessId;
  } catch {
    return undefined;
  }
}

/** Takes the dead holder's file away. When somebody was quicker and the file is a living holder's by now, it is put back. */
function passOver(file: string, dead: ProcessId): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const moved = read(aside);
  if (moved?.pid !== dead.pid || moved.started !== dead.started) {
    taken(aside, file);
  }
  rmSync(aside, { force: true });
}
