import { OwnEngine } from '../test/e2e/own-engine.ts';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSettings } from '../src/config.ts';
import { ensureCompose } from './compose.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MOCHA = join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js');
const REPORTER = join(ROOT, 'scripts', 'reporter.cjs');
const HUGE_TEXTS = 'test/zerok/fuzz-size.test.ts';
/** A lab test restarts machines and waits for the product's own time-outs. */
const E2E_TIMEOUT_MS = 300_000;

export interface Counts {
  passes: number;
  failures: number;
  pending: number;
}

/**
 * `npm test [-- --unit] [mocha's own words, such as --grep X]`: checks, then all tests, the lab's last. Gives the exit code.
 * With words for mocha the checks are left out: somebody is after one test.
 */
export async function runTests(words: string[]): Promise<number> {
  const forMocha = words.filter((word) => word !== '--unit');
  const counts: Counts[] = [];
  if (forMocha.length === 0) {
    counts.push(await check());
  }
  await ensureCompose(loadSettings().cacheDir, say);
  say('tests that need no lab');
  counts.push(await mocha(forMocha));
  // Texts of 4 MB: at the end of a process that ran all the others, V8 has too little left for its regular expressions.
  counts.push(
    await mocha(['--no-config', '--node-option', 'import=tsx', '--timeout', '120000', HUGE_TEXTS, ...forMocha]),
  );
  if (!words.includes('--unit') && hasEndToEndTests()) {
    say('tests against the lab');
    // Emulated machines on a shared host are starved for a moment now and then: a test has a second chance.
    const patience = ['--timeout', String(E2E_TIMEOUT_MS), '--retries', '1'];
    const config = ['--no-config', '--node-option', 'import=tsx', ...patience];
    counts.push(await mocha([...config, '--spec', 'test/e2e/*.test.ts', ...forMocha]));
    counts.push(await anywhere([...config, '--spec', 'test/e2e/anywhere/*.test.ts', ...forMocha]));
  }
  return summary(counts);
}

/** What needs no netem runs on containers of a Docker engine of its own where one can be started: natively, so quicker. */
async function anywhere(words: string[]): Promise<Counts> {
  const why = OwnEngine.whyNot();
  if (why !== null) {
    say(`tests against the lab that need no netem (${why}: on the lab that there is)`);
    return mocha(words);
  }
  say('tests against a lab of containers, on a Docker engine of their own');
  const engine = new OwnEngine();
  try {
    await engine.start();
    await engine.makeImage((line) => say(`  ${line}`));
    return await mocha(words, (argv) => engine.inside(...argv), engine.env);
  } finally {
    await engine.end();
  }
}

const say = (line: string): void => void process.stderr.write(`0k-chaos: ${line}\n`);

/** The last line of everything, and the exit code. */
export function summary(counts: Counts[]): number {
  const sum = (key: keyof Counts): number => counts.reduce((total, one) => total + one[key], 0);
  const [passed, failed, pending] = [sum('passes'), sum('failures'), sum('pending')];
  if (pending > 0) {
    say(`${pending} pending`);
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed > 0 ? 1 : 0;
}

/** Types, lint and format: one test that passes or fails. */
async function check(): Promise<Counts> {
  say('types, lint and format (npm run check)');
  const code = await run('npm', ['run', 'check', '--loglevel=error'], process.env);
  return { passes: code === 0 ? 1 : 0, failures: code === 0 ? 0 : 1, pending: 0 };
}

/** Mocha ends with its number of failures; a mocha that died before it could count is a failure too. */
export async function mocha(
  words: string[],
  wrap: (argv: string[]) => string[] = (argv) => argv,
  more: NodeJS.ProcessEnv = {},
): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), '0k-chaos-counts-'));
  const file = join(folder, 'counts.json');
  try {
    const [program = '', ...all] = wrap([process.execPath, MOCHA, '--reporter', REPORTER, '--exit', ...words]);
    const code = await run(program, all, { ...process.env, ...more, COUNTS_FILE: file });
    const counts = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Counts) : undefined;
    if (counts !== undefined && (code === 0) === (counts.failures === 0)) {
      return counts;
    }
    say(`mocha ended with ${code} without a count that fits`);
    return { passes: counts?.passes ?? 0, failures: Math.max(1, counts?.failures ?? 0), pending: counts?.pending ?? 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ctrl-C reaches the child by itself (same terminal): we only wait for it. A SIGTERM is passed on. */
function run(program: string, words: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, words, { cwd: ROOT, env, stdio: 'inherit' });
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

const hasEndToEndTests = (): boolean => {
  const folder = join(ROOT, 'test', 'e2e');
  return (
    existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith('.test.ts'))
  );
};
