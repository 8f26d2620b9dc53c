import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runProgram } from './run-program.ts';

/** The one that runs tests in its own process: `mocha.js` starts another one, and kills it where it should hear of a signal. */
export const MOCHA = ['--import', 'tsx', join(ROOT, 'node_modules', 'mocha', 'bin', '_mocha')];
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

/** Mocha ends with its number of failures; a mocha that died before it could count is a failure too. */
export async function mocha(words: string[], { name, wrap = (argv) => argv, env = {} }: Manner = {}): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), '0k-chaos-counts-'));
  const file = join(folder, 'counts.json');
  try {
    const [program = '', ...all] = wrap([process.execPath, ...MOCHA, '--reporter', REPORTER, '--exit', ...words]);
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
