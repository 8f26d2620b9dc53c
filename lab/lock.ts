import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { LabError } from './error.ts';

/** Comes back when the lock is free again. */
type Release = () => Promise<void>;

/**
 * Runs `body` while holding the lock `file`; `onWait` is called once when somebody else holds it.
 * The lock is flock(1)'s, held by a child that ends when our end of its stdin closes: it cannot outlive us, however we die.
 */
export async function withLock<T>(file: string, onWait: () => void, body: () => Promise<T>): Promise<T> {
  let release = await tryLock(file);
  if (!release) {
    onWait();
    release = await acquire(file, false);
  }
  if (!release) throw new LabError(`cannot lock \`${file}\`: \`flock\` failed. Is the folder writable?`);
  try {
    return await body();
  } finally {
    await release();
  }
}

/** null: somebody else holds it. */
export function tryLock(file: string): Promise<Release | null> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return acquire(file, true);
}

/** Words that hold the lock while a command runs. macOS has no flock(1), but lockf(1). */
function lockWords(file: string, nonblock: boolean): string[] {
  if (process.platform === 'darwin') return ['lockf', '-s', '-k', ...(nonblock ? ['-t', '0'] : []), file];
  return ['flock', ...(nonblock ? ['--nonblock'] : []), file];
}

function acquire(file: string, nonblock: boolean): Promise<Release | null> {
  const [program = '', ...words] = lockWords(file, nonblock);
  return new Promise((resolve, reject) => {
    const holder = spawn(program, [...words, 'sh', '-c', 'echo locked; exec cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    holder.once('error', (error) =>
      reject(new LabError(`cannot run \`${program}\` (package util-linux): ${error.message}`)),
    );
    const ended = new Promise<void>((done) => holder.once('close', () => done()));
    holder.stdout.once('data', () =>
      resolve(async () => {
        holder.stdin.end();
        await ended;
      }),
    );
    holder.once('close', () => resolve(null));
  });
}
