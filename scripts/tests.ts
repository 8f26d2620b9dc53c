import { readdirSync } from 'node:fs';
import { loadSettings } from '../src/config.ts';
import { findTemporal } from '../src/temporal/binary.ts';
import { OwnEngine } from '../test/e2e/own-engine.ts';
import { ensureCompose } from './compose.ts';
import { mocha, runProgram, say, type Counts } from './mocha.ts';

const ANYWHERE = 'test/e2e/anywhere';
const HUGE_TEXTS = 'test/zerok/fuzz-size.test.ts';
/** About half of the time of all that runs on containers. */
const HALF = ['brake', 'canary', 'matrix', 'sweeping'].map((name) => `${name}.test.ts`);
/** A lab test restarts machines and waits for the product's own time-outs. A starved machine has a second chance. */
const PATIENCE = ['--timeout', '300000', '--retries', '1'];
const PLAIN = ['--no-config', '--node-option', 'import=tsx'];

/**
 * `npm test [-- --unit] [mocha's own words, such as --grep X]`: checks, then all tests. Gives the exit code.
 * With words for mocha the checks are left out: somebody is after one test.
 */
export async function runTests(words: string[]): Promise<number> {
  const forMocha = words.filter((word) => word !== '--unit');
  const checked = forMocha.length === 0 ? [await check()] : [];
  await ensureCompose(loadSettings().cacheDir, say);
  if (words.includes('--unit')) return summary([...checked, ...(await unit(forMocha))]);
  const why = OwnEngine.whyNot();
  return summary([...checked, ...(why === null ? await sideBySide(forMocha) : await oneByOne(forMocha, why))]);
}

/**
 * What waits most of its time, on containers of Docker engines of its own, beside what computes; emulated machines need both cores, so they
 * come last.
 */
async function sideBySide(words: string[]): Promise<Counts[]> {
  say('tests that need no lab, beside those on two labs of containers; then those on virtual machines');
  const all = readdirSync(new URL(`../${ANYWHERE}`, import.meta.url)).filter((file) => file.endsWith('.test.ts'));
  const rest = all.filter((file) => !HALF.includes(file)).map((file) => `${ANYWHERE}/${file}`);
  const engines = [new OwnEngine(1), new OwnEngine(2)] as const;
  try {
    // One after the other: the first one makes what both need. Inside there is no way out.
    await findTemporal(loadSettings(), say);
    for (const engine of engines) {
      await engine.start();
      await engine.makeImage(say);
    }
    const early = await Promise.all([
      unit(words, 'no lab'),
      onContainers('lab 1', engines[0], [...HALF.map((file) => `${ANYWHERE}/${file}`), ...words]),
      onContainers('lab 2', engines[1], [...rest, ...words]),
    ]);
    return [...early.flat(), await mocha([...PLAIN, ...PATIENCE, '--spec', 'test/e2e/*.test.ts', ...words])];
  } finally {
    for (const engine of engines) await engine.end();
  }
}

/** Where no Docker engine can be started: all on the lab that there is. */
async function oneByOne(words: string[], why: string): Promise<Counts[]> {
  say(`tests that need no lab, then those on the lab that there is (${why})`);
  const specs = ['test/e2e/*.test.ts', `${ANYWHERE}/*.test.ts`].flatMap((spec) => ['--spec', spec]);
  return [...(await unit(words)), await mocha([...PLAIN, ...PATIENCE, ...specs, ...words])];
}

/** Texts of 4 MB: at the end of a process that ran all the others, V8 has too little left for its regular expressions. */
async function unit(words: string[], name?: string): Promise<Counts[]> {
  const manner = name === undefined ? {} : { name };
  return [
    await mocha(words, manner),
    await mocha([...PLAIN, '--timeout', '120000', '--spec', HUGE_TEXTS, ...words], manner),
  ];
}

async function onContainers(name: string, engine: OwnEngine, words: string[]): Promise<Counts[]> {
  const wrap = (argv: string[]): string[] => engine.inside(...argv);
  return [await mocha([...PLAIN, ...PATIENCE, ...words], { name, wrap, env: engine.env })];
}

/** What failed in any part, once more; the last line of everything; and the exit code. */
export function summary(counts: Counts[]): number {
  const sum = (key: 'passes' | 'failures' | 'pending'): number => counts.reduce((total, one) => total + one[key], 0);
  const [passed, failed, pending] = [sum('passes'), sum('failures'), sum('pending')];
  for (const each of counts.flatMap((one) => one.failed)) {
    process.stdout.write(`failed: ${each}\n`);
  }
  if (pending > 0) {
    say(`${pending} pending`);
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed > 0 ? 1 : 0;
}

/** Types, lint and format: one test that passes or fails. */
async function check(): Promise<Counts> {
  say('types, lint and format (npm run check)');
  const code = await runProgram('npm', ['run', 'check', '--loglevel=error'], process.env);
  return code === 0
    ? { passes: 1, failures: 0, pending: 0, failed: [] }
    : { passes: 0, failures: 1, pending: 0, failed: ['npm run check'] };
}
