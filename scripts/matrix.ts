import { fileURLToPath } from 'node:url';
import { listing, readWords } from '../test/matrix/words.ts';
import { OwnEngine } from '../test/e2e/own-engine.ts';
import { runProgram, say } from './run-program.ts';

const MAIN = fileURLToPath(new URL('../test/matrix/main.ts', import.meta.url));

/**
 * `npm run matrix [-- --only 'container*' --deaths x,y --boundaries … --machines vm|containers --sample N --seed S --resume --list]`.
 * Gives the exit code: 1 when a cell did not survive, 2 for words that make no sense.
 */
export async function runMatrix(words: string[]): Promise<number> {
  try {
    const { cells, machines, list } = readWords(words);
    if (list) process.stdout.write(`${listing(cells).join('\n')}\n`);
    if (list) return 0;
    return machines === 'vm' ? await main(words) : await onContainers(words);
  } catch (error) {
    if (!(error instanceof RangeError) && !(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS'))
      throw error;
    say((error as Error).message);
    return 2;
  }
}

/** Of a Docker engine of its own where one can be started, else of the one that there is. */
async function onContainers(words: string[]): Promise<number> {
  const why = OwnEngine.whyNot();
  if (why !== null) {
    say(`${why}: on the Docker engine that there is`);
    return main(words);
  }
  const engine = new OwnEngine();
  try {
    await engine.start();
    await engine.makeImage((line) => say(`  ${line}`));
    return await main(words, (argv) => engine.inside(...argv), engine.env);
  } finally {
    await engine.end();
  }
}

function main(
  words: string[],
  wrap = (argv: string[]): string[] => argv,
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  const [program = '', ...rest] = wrap([process.execPath, '--import', 'tsx', MAIN, ...words]);
  return runProgram(program, rest, { ...process.env, ...env });
}
