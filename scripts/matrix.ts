import { fileURLToPath } from 'node:url';
import { listing, readWords } from '../test/matrix/words.ts';
import { onContainers, runScript } from './on-containers.ts';

const MAIN = fileURLToPath(new URL('../test/matrix/main.ts', import.meta.url));

/**
 * `npm run matrix [-- --only 'container*' --deaths x,y --boundaries … --machines vm|containers --sample N --seed S --resume --list]`.
 * Gives the exit code: 1 when a cell did not survive. @throws for words that make no sense (scripts/words.ts asks first)
 */
export async function runMatrix(words: string[]): Promise<number> {
  const { cells, machines, list } = readWords(words);
  if (list) process.stdout.write(`${listing(cells).join('\n')}\n`);
  if (list) return 0;
  return machines === 'vm' ? runScript(MAIN, words) : onContainers((place) => runScript(MAIN, words, place));
}
