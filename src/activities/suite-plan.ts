import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { claimOf } from '../contract/fleet-lock.ts';
import { globMatches } from '../contract/glob.ts';
import { nightlyIterations } from '../contract/iterations.ts';
import type { RunInput } from '../contract/run.ts';
import type { ScenarioDefinition } from '../contract/scenario.ts';
import type { PlannedScenario } from '../contract/suite.ts';
import type { SuiteSteps } from '../contract/suite-steps.ts';
import { didYouMean } from '../fleet/nearest.ts';
import { admit } from './admit.ts';
import { refuseWhenBraked } from './brake.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { readKnownDefects } from './known-defects.ts';

/** More runs than this are several suites: one result has to hold them all. */
const MOST_RUNS = 1000;
const DAY_SECONDS = 86_400;

const NAMED = [z.literal('all'), z.array(z.string().min(1)).min(1)] as const;

const many = {
  fleet: z.string().optional(),
  seed: z.int().min(0).max(0xffffffff).optional(),
  leaseSeconds: z.number().min(5).max(3600).optional(),
  options: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
};

/** Everything is broken by whoever says so, and by no accident. */
const suiteInput = z.strictObject({
  ...many,
  scenarios: z.union(NAMED, 'name scenarios or globs in a list, or say "all"'),
  iterations: z.union([z.int().min(1).max(MOST_RUNS), z.literal('nightly')]).default(1),
  parallel: z.int().min(1).max(16).default(1),
});

const soakInput = z.strictObject({
  ...many,
  scenarios: z.union(NAMED).default('all'),
  seconds: z
    .number()
    .min(1)
    .max(30 * DAY_SECONDS)
    .default(3600),
});

/** The input of a suite or a soak, checked. @returns what is wrong with it, or the input with its defaults */
export function parseMany(kind: 'suite' | 'soak', input: unknown) {
  const parsed = (kind === 'suite' ? suiteInput : soakInput).safeParse(input ?? {});
  if (!parsed.success) return { input: undefined, error: z.prettifyError(parsed.error) };
  return { input: { iterations: 1 as const, parallel: 1, seconds: 0, ...parsed.data }, error: undefined };
}

/** The door of suites and soaks: every scenario's input is checked as its own door will check it. */
export const planSuite = (deps: Deps): SuiteSteps['planSuite'] =>
  async function planSuite({ kind, workflowId, input: given, known }) {
    refuseWhenBraked(deps);
    const { input, error } = parseMany(kind, given);
    if (error !== undefined) throw failure('BadInput', `The input of the ${kind} is not valid:\n${error}`);
    readKnownDefects(deps);
    const names = chosen(input.scenarios, Object.keys(known));
    const stray = Object.keys(input.options).find((name) => !names.includes(name));
    if (stray !== undefined) throw failure('BadInput', `\`options\` are given for \`${stray}\`, which is not chosen.`);
    const scenarios = await Promise.all(
      names.map((name) => planned(deps, workflowId, name, known[name] as ScenarioDefinition, input)),
    );
    const runs = scenarios.reduce((total, { iterations }) => total + iterations, 0);
    if (runs > MOST_RUNS) throw failure('BadInput', `That would be ${runs} runs; a suite takes at most ${MOST_RUNS}.`);
    const seed = input.seed ?? randomInt(0xffffffff);
    const { parallel, seconds } = input;
    return { fleet: deps.fleet.name, seed, parallel, scenarios, seconds };
  };

/** Names and globs as names, each once, in the order of the list. @throws BadInput naming what there is */
export function chosen(wanted: string[] | 'all', known: string[]): string[] {
  if (wanted === 'all') return known;
  for (const word of wanted) {
    if (known.some((name) => globMatches(word, name))) continue;
    const what = word.includes('*') ? `No scenario is like \`${word}\`` : `No scenario \`${word}\``;
    throw failure('BadInput', `${what} (see \`0k-chaos list\`); ${didYouMean(word, known)}`);
  }
  return known.filter((name) => wanted.some((word) => globMatches(word, name)));
}

async function planned(
  deps: Deps,
  workflowId: string,
  scenario: string,
  definition: ScenarioDefinition,
  input: NonNullable<ReturnType<typeof parseMany>['input']>,
): Promise<PlannedScenario> {
  // Named though nobody did: a worker of another fleet is to admit none of its runs.
  const { fleet = deps.fleet.name, leaseSeconds, iterations } = input;
  const own: RunInput = {
    ...input.options[scenario],
    fleet,
    ...(leaseSeconds === undefined ? {} : { leaseSeconds }),
  };
  const run = { scenario, workflowId, runId: '' };
  const { exclusive, relays, clients } = await admit(deps)({ run, input: own, definition });
  return {
    ...{ scenario, iterations: iterations === 'nightly' ? nightlyIterations(scenario) : iterations, input: own },
    ...claimOf(exclusive, [...relays, ...clients]),
  };
}
