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
    release = await acquire(file, []);
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
  mkdirSync(dirname(file), { recursive: true });
  return acquire(file, ['--nonblock']);
}

function acquire(file: string, words: string[]): Promise<Release | null> {
  return new Promise((resolve, reject) => {
    const holder = spawn('flock', [...words, file, 'sh', '-c', 'echo locked; exec cat'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    holder.once('error', (error) =>
      reject(new LabError(`cannot run \`flock\` (package util-linux): ${error.message}`)),
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
