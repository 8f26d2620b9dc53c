import { PAYLOADS } from '../contract/message-spec.ts';
import type { RunInput } from '../contract/run.ts';
import { namesIn } from '../contract/scenario.ts';
import type { OptionSpec, OptionSpecs } from '../contract/scenario.ts';
import type { Fleet } from '../fleet/schema.ts';
import { didYouMean, nearest } from '../fleet/nearest.ts';
import { resolveTarget } from '../fleet/select.ts';
import { COMMON_OPTIONS, parseInput, roleProblem } from '../activities/admit.ts';
import { scenarios } from '../workflows/scenarios/index.ts';
import type { Scenario } from '../workflows/scenario.ts';
import { badInput } from './errors.ts';
import { boundsOf } from './list.ts';

/** How people give the input of a run. */
export interface InputOptions {
  /** `key=value`, each. */
  set?: string[];
  /** A JSON object. */
  input?: string;
  /** Seconds. */
  lease?: string;
  seed?: number;
}

/** @throws CliError with the nearest names */
export function findScenario(name: string): Scenario {
  const found = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined;
  if (found) return found;
  throw badInput(`no scenario \`${name}\` (see \`0k-chaos list\`); ${didYouMean(name, Object.keys(scenarios))}`);
}

/** `cm_01` is the one scenario whose name begins so; whole names and globs stay as they are. */
export function fullName(word: string): string {
  const [name, ...more] = Object.keys(scenarios).filter((known) => known.startsWith(`${word}_`));
  return name !== undefined && more.length === 0 ? name : word;
}

/** The input of a run, checked as the worker will check it. `input` is what people chose, `options` has all defaults. */
export function inputFor(name: string, { definition }: Scenario, fleet: Fleet, given: InputOptions) {
  const input: RunInput = {
    ...jsonObject(given.input),
    ...eachOnce([
      ...(given.set ?? []).map((pair) => keyAndValue(pair, definition.options)),
      ...(Object.entries(leaseIn(given)) as [string, number][]),
      ...(given.seed === undefined ? [] : [['seed', given.seed] as [string, number]]),
    ]),
  };
  const parsed = parseInput(definition.options, input);
  if (parsed.options === undefined) {
    throw badInput(`the input of ${name} is not valid:\n${parsed.errors}\n${optionsOf(definition.options)}`);
  }
  if (input.fleet !== undefined && input.fleet !== fleet.name) {
    throw badInput(`\`fleet\` is \`${input.fleet}\`, and the fleet file is of \`${fleet.name}\`; leave it out`);
  }
  const { options } = parsed;
  const wrongRole = roleProblem(fleet, definition.options, options);
  if (wrongRole) throw badInput(wrongRole);
  for (const part of namesIn([...definition.breaks, ...definition.clients], options)) resolveTarget(fleet, part);
  return { input: { fleet: fleet.name, ...input }, options };
}

/** @throws CliError */
export const leaseIn = ({ lease }: InputOptions): Pick<RunInput, 'leaseSeconds'> =>
  lease === undefined ? {} : { leaseSeconds: number('--lease', lease, 'a number of seconds') };

function eachOnce(pairs: [string, string | number][]): RunInput {
  const again = pairs.find(([key], n) => pairs.findIndex(([other]) => other === key) < n);
  if (again)
    throw badInput(
      `\`--set ${again[0]}=…\` is given twice, or beside \`--lease\` or \`--seed\`: a run takes one value of each option`,
    );
  return Object.fromEntries(pairs);
}

function jsonObject(text: string | undefined): RunInput {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as RunInput;
  } catch (error) {
    throw badInput(`\`--input\` is not JSON: ${(error as Error).message}`, { cause: error });
  }
  throw badInput('`--input` is not a JSON object, such as \'{"messages": 5}\'');
}

function keyAndValue(pair: string, options: OptionSpecs): [string, string | number] {
  const cut = pair.indexOf('=');
  if (cut < 1) throw badInput(`\`--set ${pair}\` is not of the form key=value`);
  const [key, value] = [pair.slice(0, cut), pair.slice(cut + 1)];
  const known = [...COMMON_OPTIONS.filter((name) => name !== 'fleet'), ...Object.keys(options)];
  if (!known.includes(key)) throw badInput(`no option \`${key}\`${meant(key, known)}\n${optionsOf(options)}`);
  return [key, valueOf(key, value, options[key])];
}

/** All there is stands in the line below. */
const meant = (key: string, known: string[]): string =>
  nearest(key, known).length === 0 ? '' : `; ${didYouMean(key, known)}`;

const valueOf = (key: string, text: string, spec: OptionSpec | undefined): string | number =>
  (spec !== undefined && spec.type !== 'number') || key === 'payload' ? text : number(`--set ${key}`, text);

function number(what: string, text: string, takes = 'a number'): number {
  const value = Number(text);
  if (/^[-+.\de]+$/i.test(text) && Number.isFinite(value)) return value;
  throw badInput(`\`${what}\` takes ${takes}, got \`${text}\``);
}

function optionsOf(options: OptionSpecs): string {
  const own = Object.entries(options).map(([name, spec]) => `${name} (${boundsOf(spec)})`);
  const common = ['leaseSeconds (5 to 3600)', 'iterations', 'seed', `payload (one of ${PAYLOADS.join(', ')})`];
  return `Options: ${[...common, ...own].join(', ')}.`;
}
