import { parseArgs } from 'node:util';
import { nameOf, type Cell } from './axes.ts';
import { ALL_CELLS, chosen, machinesFor, POSSIBLE, whyNot } from './cells.ts';
import { cover } from './cover.ts';

const OPTIONS = {
  only: { type: 'string' },
  deaths: { type: 'string' },
  boundaries: { type: 'string' },
  machines: { type: 'string' },
  sample: { type: 'string' },
  seed: { type: 'string' },
  resume: { type: 'boolean' },
  list: { type: 'boolean' },
} as const;

export interface MatrixWords {
  cells: Cell[];
  machines: 'vm' | 'containers';
  resume: boolean;
  list: boolean;
}

const listOf = (words: string | undefined): string[] => words?.split(',').map((word) => word.trim()) ?? [];

/** The words of `npm run matrix --`. @throws RangeError for those that make no sense */
export function readWords(words: string[]): MatrixWords {
  const { values } = parseArgs({ args: words, options: OPTIONS });
  const { machines = 'containers', sample, resume = false, list = false } = values;
  if (machines !== 'containers' && machines !== 'vm')
    throw new RangeError(`--machines is \`containers\` or \`vm\`, not \`${machines}\``);
  const seed = whole(values.seed ?? '1', '--seed');
  const choice = { only: listOf(values.only), deaths: listOf(values.deaths), boundaries: listOf(values.boundaries) };
  const fits = chosen(POSSIBLE, choice).filter((cell) => machines === 'vm' || machinesFor(cell) === machines);
  if (fits.length === 0) throw new RangeError(`there is no such cell on ${machines}`);
  const cells = sample === undefined ? fits : cover(fits, whole(sample, '--sample'), seed);
  return { cells, machines, resume, list };
}

function whole(word: string, option: string): number {
  if (!/^\d{1,9}$/.test(word)) throw new RangeError(`${option} is a whole number, not \`${word}\``);
  return Number(word);
}

/** Every cell, on its own line; those that cannot exist with the reason. */
export const listing = (cells: Cell[]): string[] => [
  ...cells.map(nameOf),
  ...ALL_CELLS.flatMap((cell) => {
    const why = whyNot(cell);
    return why === undefined ? [] : [`cannot exist: ${nameOf(cell)}: ${why}`];
  }),
];
