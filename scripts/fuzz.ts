import { MOCHA } from './mocha.ts';
import { runProgram } from './run-program.ts';

/*
 * A night of fuzzing: `npx tsx scripts/fuzz.ts [cases] [seed]`, 100 000 cases where nobody says. Every property of test/fuzz and of
 * test/zerok/fuzz has its share. A case that fails is printed shrunk, with the seed that makes it again; kept in test/corpora once it is mended.
 */

const FILES = [
  'test/fuzz/*.test.ts',
  'test/zerok/fuzz.test.ts',
  'test/hosts/metacharacters.test.ts',
  'test/report/harmless.test.ts',
];

const [cases = '100000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
if (!/^\d{1,8}$/.test(cases) || !/^\d{1,10}$/.test(seed)) {
  console.error('fuzz: two whole numbers at most: how many cases, and the seed');
  process.exit(2);
}

const say = (line: string): void => console.error(`fuzz: ${line}`);
say(`${cases} cases, seed ${seed}: \`npx tsx scripts/fuzz.ts ${cases} ${seed}\` makes the same again`);
const startedAt = Date.now();
const env = { ...process.env, FUZZ_RUNS: cases, FUZZ_SEED: seed };
const code = await runProgram(process.execPath, [...MOCHA, '--timeout', '0', ...FILES], env);
const seconds = Math.round((Date.now() - startedAt) / 1000);
say(
  code === 0 ? `none of ${cases} cases failed, in ${seconds} s` : `something failed after ${seconds} s; seed ${seed}`,
);
process.exitCode = code === 0 ? 0 : 1;
