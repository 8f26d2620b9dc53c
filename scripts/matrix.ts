import { fileURLToPath } from 'node:url';
import { listing, readWords } from '../test/matrix/words.ts';
import { onContainers, runScript } from './on-containers.ts';
import { say } from './run-program.ts';

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
    return machines === 'vm'
      ? await runScript(MAIN, words)
      : await onContainers((place) => runScript(MAIN, words, place));
  } catch (error) {
    if (!(error instanceof RangeError) && !(error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS'))
      throw error;
    say((error as Error).message);
    return 2;
  }
}
