import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { loadSettings } from '../src/config.ts';
import { OwnEngine } from '../test/e2e/own-engine.ts';
import { ensureCompose } from './compose.ts';
import { mocha, type Counts, type Manner } from './mocha.ts';
import { placeOn } from './on-containers.ts';
import { runProgram, say } from './run-program.ts';

const ANYWHERE = 'test/e2e/anywhere';
/** Texts of 4 MB: after all the others V8 has too little left for its regular expressions. */
const HUGE_TEXTS = 'test/zerok/fuzz-size.test.ts';
/** Starts as many programs as those below, and loads Temporal. */
const METACHARACTERS = 'test/hosts/metacharacters.test.ts';
/**
 * Each a process of its own: what loads little is quick to fork (1 ms, and 25 ms where all tests are loaded) and to collect its garbage, so
 * that the workflows' tests take a third of the CPU.
 */
const ALONE = {
  programs: ['hosts', 'faults', 'lab'],
  workflows: ['workflows', 'temporal'],
  sandbox: ['sandbox'],
};
/** Each of these on a lab of containers, about as long as the others; the last lab has all that is not named. */
const LABS = [
  ['matrix-programs', 'matrix-orders', 'brake', 'canary', 'sweeping'],
  ['matrix-machines', 'surviving', 'catalogue', 'by-hand'],
].map((names) => names.map((name) => `${ANYWHERE}/${name}.test.ts`));
/** A lab test restarts machines and waits for the product's own time-outs. A starved machine has a second chance. */
const PATIENCE = ['--timeout', '300000', '--retries', '1'];

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
  say('tests that need no lab, beside those on labs of containers; then those on virtual machines');
  const early = await besideContainers(words);
  return [...early, await onLab(['--spec', 'test/e2e/*.test.ts', ...words])];
}

async function besideContainers(words: string[]): Promise<Counts[]> {
  const files = readdirSync(new URL(`../${ANYWHERE}`, import.meta.url)).map((file) => `${ANYWHERE}/${file}`);
  const rest = files.filter((file) => file.endsWith('.test.ts') && !LABS.flat().includes(file));
  const parts = [...LABS, rest].map((specs, n) => ({ specs, engine: new OwnEngine(n + 1), name: `lab ${n + 1}` }));
  try {
    // One after the other: the first one makes what all need.
    for (const { engine } of parts) {
      await engine.start();
      await engine.makeImage(say);
    }
    const labs = parts.map(({ specs, engine, name }) => onLab([...specs, ...words], { name, ...placeOn(engine) }));
    return (await Promise.all([unit(words), ...labs])).flat();
  } finally {
    for (const { engine } of parts) await engine.end();
  }
}

/** Where no Docker engine can be started: all on the lab that there is. */
async function oneByOne(words: string[], why: string): Promise<Counts[]> {
  say(`tests that need no lab, then those on the lab that there is (${why})`);
  const specs = each('--spec', ['test/e2e/*.test.ts', `${ANYWHERE}/*.test.ts`]);
  return [...(await unit(words)), await onLab([...specs, ...words])];
}

async function unit(words: string[]): Promise<Counts[]> {
  const alone = Object.entries(ALONE).map(([name, folders]) => ({ name, globs: folders.map(testsIn) }));
  const not = ['test/e2e/**', HUGE_TEXTS, ...alone.flatMap(({ globs }) => globs)];
  const those = (name: string, specs: string[], ignored: string[]): Promise<Counts> =>
    mocha([...each('--spec', specs), ...each('--ignore', ignored), ...words], { name });
  return fewAtATime([
    () => those('no lab', ['test/**/*.test.ts'], not),
    ...alone.map(
      ({ name, globs }) =>
        () =>
          those(`no lab, ${name}`, globs, [METACHARACTERS]),
    ),
    () => mocha(['--timeout', '120000', METACHARACTERS, HUGE_TEXTS, ...words], { name: 'no lab' }),
  ]);
}

/** One more than there are cores: what computes gets on no sooner in a crowd, and what waits for it runs out of time. */
async function fewAtATime(jobs: (() => Promise<Counts>)[]): Promise<Counts[]> {
  const [counts, left] = [[] as Counts[], jobs.values()];
  const work = async (): Promise<void> => {
    for (const job of left) counts.push(await job());
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
  return counts;
}

const testsIn = (folder: string): string => `test/${folder}/**/*.test.ts`;
const each = (option: string, values: string[]): string[] => values.flatMap((value) => [option, value]);

const onLab = (words: string[], manner: Manner = {}): Promise<Counts> => mocha([...PATIENCE, ...words], manner);

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
