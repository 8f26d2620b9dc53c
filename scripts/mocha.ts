import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MOCHA = join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js');
const REPORTER = join(ROOT, 'scripts', 'reporter.cjs');

export interface Counts {
  passes: number;
  failures: number;
  pending: number;
  /** What failed, by its whole title, and why. */
  failed: string[];
}

export interface Manner {
  /** Begins each line of what runs beside others; default: it writes as it is. */
  name?: string;
  /** Runs these words instead. */
  wrap?: (argv: string[]) => string[];
  env?: NodeJS.ProcessEnv;
}

export const say = (line: string): void => void process.stderr.write(`0k-chaos: ${line}\n`);

/** Mocha ends with its number of failures; a mocha that died before it could count is a failure too. */
export async function mocha(words: string[], { name, wrap = (argv) => argv, env = {} }: Manner = {}): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), '0k-chaos-counts-'));
  const file = join(folder, 'counts.json');
  try {
    const [program = '', ...all] = wrap([process.execPath, MOCHA, '--reporter', REPORTER, '--exit', ...words]);
    const code = await runProgram(program, all, { ...process.env, ...env, COUNTS_FILE: file }, name);
    const counts = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Counts) : undefined;
    if (counts !== undefined && (code === 0) === (counts.failures === 0)) {
      return counts;
    }
    const why = `mocha ${words.at(-1) ?? ''} ended with ${code} without a count that fits`;
    const { passes = 0, failures = 0, pending = 0, failed = [] } = counts ?? {};
    return { passes, failures: Math.max(1, failures), pending, failed: [...failed, why] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ctrl-C reaches the child by itself (same terminal): we only wait for it. A SIGTERM is passed on. */
export async function runProgram(
  program: string,
  words: string[],
  env: NodeJS.ProcessEnv,
  name?: string,
): Promise<number> {
  const out = name === undefined ? 'inherit' : 'pipe';
  const child = spawn(program, words, { cwd: ROOT, env, stdio: ['inherit', out, out] });
  const pairs = [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const;
  for (const [from, to] of pairs) {
    if (from !== null) linesOf(from).on('line', (line: string) => void to.write(`${name} │ ${line}\n`));
  }
  const wait = (): void => undefined;
  const passOn = (): void => void child.kill('SIGTERM');
  process.on('SIGINT', wait).on('SIGTERM', passOn);
  return new Promise((settle) => {
    child.once('error', (error) => {
      say(error.message);
      settle(127);
    });
    child.once('close', (code) => {
      process.off('SIGINT', wait).off('SIGTERM', passOn);
      settle(code ?? 1);
    });
  });
}

const linesOf = (input: Readable): Interface => createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
