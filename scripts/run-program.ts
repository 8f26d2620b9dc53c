import { spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const say = (line: string): void => void process.stderr.write(`0k-chaos: ${line}\n`);

const INTERRUPTED = 130;
let isInterrupted = false;

/** Ctrl-C reaches the child by itself (same terminal): we only wait for it. A SIGTERM is passed on. After either nothing more begins. */
export async function runProgram(
  program: string,
  words: string[],
  env: NodeJS.ProcessEnv,
  name?: string,
): Promise<number> {
  if (isInterrupted) return INTERRUPTED;
  const out = name === undefined ? 'inherit' : 'pipe';
  const child = spawn(program, words, { cwd: ROOT, env, stdio: ['inherit', out, out] });
  const pairs = [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const;
  for (const [from, to] of pairs) {
    if (from !== null) linesOf(from).on('line', (line: string) => void to.write(`${name} │ ${line}\n`));
  }
  const wait = (): void => void (isInterrupted = true);
  const passOn = (): void => {
    isInterrupted = true;
    child.kill('SIGTERM');
  };
  process.on('SIGINT', wait).on('SIGTERM', passOn);
  return new Promise((settle) => {
    const end = (code: number): void => {
      process.off('SIGINT', wait).off('SIGTERM', passOn);
      settle(code);
    };
    child.once('error', (error) => {
      say(error.message);
      end(127);
    });
    // What a child that was interrupted leaves behind may hold its output open for long.
    child.once('exit', (code) => isInterrupted && end(code ?? 1));
    child.once('close', (code) => end(code ?? 1));
  });
}

const linesOf = (input: Readable): Interface => createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
