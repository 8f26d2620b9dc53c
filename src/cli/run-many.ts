import { refuseWhenBraked } from '../activities/brake.ts';
import type { Config } from '../config.ts';
import { readKnownDefects } from '../activities/known-defects.ts';
import { parseInput } from '../activities/admit.ts';
import { chosen, parseMany } from '../activities/suite-plan.ts';
import type { SoakInput, SuiteInput } from '../contract/suite.ts';
import { renderSuite } from '../report/summary-text.ts';
import type { Scenario } from '../workflows/scenario.ts';
import { scenarios } from '../workflows/scenarios/index.ts';
import { checkBody } from './check-spec.ts';
import { badInput } from './errors.ts';
import { followed, started } from './follow.ts';
import { heedGuardsOf } from './heed-guards.ts';
import { answer, lookOf, say } from './output.ts';
import type { Outcome } from './outcome.ts';
import { inputFor, type InputOptions } from './scenario-input.ts';
import { newId, startWorkflow } from './start-workflow.ts';
import { suiteExitCode, suiteIn } from './suite-outcome.ts';
import { requireWorker, uiLink, withTemporal } from './temporal.ts';

export interface ManyOptions {
  id?: string;
  detach?: boolean;
  json?: boolean;
  allowKnown?: boolean;
}

/** Starts a suite or a soak, and follows it to its summary. Everything is checked first, as the worker will check it. */
export async function runMany(
  config: Config,
  kind: 'suite' | 'soak',
  input: SuiteInput | SoakInput,
  options: ManyOptions,
): Promise<void> {
  const names = await checked(config, kind, input);
  refuseWhenBraked(config);
  await withTemporal(config, async (link) => {
    await requireWorker(link, config);
    const startedAtMs = Date.now();
    const workflowId = options.id ?? newId(kind);
    const staticSummary = `${kind} of ${names.join(', ')}`;
    const handle = await startWorkflow(link, kind, workflowId, input, { staticSummary });
    const run = { scenario: kind, workflowId, runId: handle.firstExecutionRunId };
    const url = uiLink(link.server, workflowId, run.runId);
    if (options.detach) return started(run, url, options.json);
    say(
      `${kind} of ${names.length === 1 ? names[0] : `${names.length} scenarios`} on the fleet ${config.fleet.name}: ${workflowId}${url === null ? '' : `\n${url}`}`,
    );
    const outcome = await followed(link, handle, { run, claim: '', stateDir: config.stateDir, startedAtMs });
    process.exitCode = presentMany(outcome, options);
  });
}

/** @returns the scenarios that are chosen @throws CliError and failures of the door, all exit code 2 */
async function checked(
  { fleet, fleetFile }: Config,
  kind: 'suite' | 'soak',
  input: SuiteInput | SoakInput,
): Promise<string[]> {
  const { error } = parseMany(kind, input);
  if (error !== undefined) throw badInput(`the input of the ${kind} is not valid:\n${error}`);
  readKnownDefects({ fleet, fleetFile });
  const names = chosen(input.scenarios ?? 'all', Object.keys(scenarios));
  for (const name of names) {
    const scenario = scenarios[name] as Scenario;
    const { options = {} } = parseInput(scenario.definition.options, input.options?.[name]);
    heedGuardsOf(fleet, scenario, options, input.leaseSeconds);
    await checkBody(fleet, scenario, options);
  }
  return names;
}

/** `--set` for several scenarios: each takes what it knows; what none of them knows is an error. */
export function optionsFor(names: string[], config: Config, given: InputOptions): NonNullable<SuiteInput['options']> {
  if (given.input !== undefined) throw badInput('`--input` is for one scenario; with several, use `--set`');
  const pairs = given.set ?? [];
  const keyOf = (pair: string): string => pair.slice(0, Math.max(0, pair.indexOf('=')));
  const takes = (name: string, pair: string): boolean =>
    Object.keys(scenarios[name]?.definition.options ?? {}).includes(keyOf(pair));
  const stray = pairs.find((pair) => !names.some((name) => takes(name, pair)));
  if (stray !== undefined)
    throw badInput(`none of the chosen scenarios takes \`--set ${stray}\`; see \`0k-chaos list\``);
  const own = names.map((name) => {
    const set = pairs.filter((pair) => takes(name, pair));
    const scenario = scenarios[name];
    if (!scenario || set.length === 0) return [name, {}] as const;
    const { fleet: _, ...input } = inputFor(name, scenario, config.fleet, { set }).input;
    return [name, input] as const;
  });
  return Object.fromEntries(own.filter(([, input]) => Object.keys(input).length > 0));
}

/** @returns the exit code */
function presentMany(outcome: Outcome, { json, allowKnown = false }: Pick<ManyOptions, 'json' | 'allowKnown'>): number {
  const result = suiteIn(outcome.result);
  if (!result) {
    answer(json, outcome.result, () => `${outcome.result.verdict}: ${outcome.result.because}`);
    return outcome.exitCode;
  }
  answer(json, result, () => `\n${renderSuite(result, lookOf(process.stdout))}`);
  if (result.known && !allowKnown) say('every failure is a known defect; `--allow-known` makes that exit code 0');
  return suiteExitCode(result, allowKnown);
}
