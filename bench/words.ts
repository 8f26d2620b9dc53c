import { parseArgs } from 'node:util';
import { scenarios } from '../src/workflows/scenarios/index.ts';
import { guideScenarios } from './guide/scenarios.ts';

/** What can be measured. */
export const PART_NAMES = ['memory', 'exec', 'inject', 'temporal', 'recovery', 'catalogue'] as const;
export type PartName = (typeof PART_NAMES)[number];

/** Takes half an hour: only when asked for by its name. */
const LONG: PartName[] = ['catalogue'];

export interface BenchWords {
  parts: PartName[];
  /** Of the catalogue, these. */
  scenarios: string[];
  /** What the lab is made of; undefined: of what is found. */
  machines: 'vm' | 'containers' | undefined;
}

const OPTIONS = { only: { type: 'string' }, machines: { type: 'string' } } as const;

/** The words of `npm run bench --`. @throws RangeError, or what parseArgs throws, for those that make no sense */
export function readWords(words: string[]): BenchWords {
  const { values, positionals } = parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
  const { machines, only } = values;
  if (machines !== undefined && machines !== 'vm' && machines !== 'containers')
    throw new RangeError(`--machines is \`vm\` or \`containers\`, not \`${machines}\``);
  const strange = positionals.find((name) => !isPart(name));
  if (strange !== undefined) throw new RangeError(`no benchmark \`${strange}\`; there are ${PART_NAMES.join(', ')}`);
  const asked = positionals.filter(isPart);
  const parts = PART_NAMES.filter((name) => (asked.length > 0 ? asked.includes(name) : !LONG.includes(name)));
  return { parts, scenarios: scenariosLike(only?.split(',') ?? ['']), machines };
}

const isPart = (name: string): name is PartName => (PART_NAMES as readonly string[]).includes(name);

/** Those that both ways can do, and whose names begin with one of the words. */
export function scenariosLike(words: string[]): string[] {
  const both = Object.keys(scenarios).filter((name) => Object.hasOwn(guideScenarios, name));
  const stray = words.find((word) => !both.some((name) => name.startsWith(word)));
  if (stray !== undefined) throw new RangeError(`no scenario begins with \`${stray}\`; see \`0k-chaos list\``);
  return both.filter((name) => words.some((word) => name.startsWith(word)));
}
