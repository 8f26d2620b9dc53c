import { refuseWhenBraked } from '../activities/brake.ts';
import { readKnownDefects } from '../activities/known-defects.ts';
import type { KnownDefect } from '../contract/known-defects.ts';
import type { RunInput, RunRef } from '../contract/run.ts';
import { namesIn, type ScenarioDefinition } from '../contract/scenario.ts';
import { EXIT } from '../report/exit-code.ts';
import { classify } from '../report/known-defects.ts';
import { renderSuite } from '../report/summary-text.ts';
import { renderResult } from '../report/terminal.ts';
import { checkBody } from './check-spec.ts';
import { configOf, type CommonOptions } from './common.ts';
import { followed, started } from './follow.ts';
import { answer, lookOf, say } from './output.ts';
import type { Outcome } from './outcome.ts';
import { heedGuardsOf } from './heed-guards.ts';
import { findScenario, inputFor, type InputOptions } from './scenario-input.ts';
import { newId, startWorkflow, type Shown } from './start-workflow.ts';
import { suiteIn } from './suite-outcome.ts';
import { requireWorker, uiLink, withTemporal } from './temporal.ts';

export interface RunOptions extends CommonOptions, InputOptions {
  id?: string;
  detach?: boolean;
  allowKnown?: boolean;
}

/** One run of one scenario. */
export async function runOne(name: string, options: RunOptions): Promise<void> {
  const scenario = findScenario(name);
  const config = await configOf(options);
  const defects = readKnownDefects(config);
  const { input, options: chosen } = inputFor(name, scenario, config.fleet, options);
  heedGuardsOf(config.fleet, scenario, chosen, input.leaseSeconds);
  await checkBody(config.fleet, scenario, chosen);
  refuseWhenBraked(config);
  await withTemporal(config, async (link) => {
    await requireWorker(link, config);
    const startedAtMs = Date.now();
    const workflowId = options.id ?? newId(name);
    const handle = await startWorkflow(link, name, workflowId, input, shownInUi(scenario.definition, chosen, input));
    const ref: RunRef = { scenario: name, workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    const url = uiLink(link.server, ref.workflowId, ref.runId);
    if (options.detach) return started(ref, url, options.json);
    say(`${name} on the fleet ${config.fleet.name}: ${ref.workflowId}${url === null ? '' : `\n${url}`}`);
    const { claim } = scenario.definition;
    const outcome = await followed(link, handle, { run: ref, claim, stateDir: config.stateDir, startedAtMs });
    present(outcome, options.json);
    process.exitCode = knownIn(outcome, defects, options.allowKnown === true);
  });
}

/** `options`: with all defaults, which say whom the scenario breaks and drives. */
export function shownInUi(
  { claim, breaks, clients }: ScenarioDefinition,
  options: Record<string, unknown>,
  { fleet, ...chosen }: RunInput,
): Required<Shown> {
  const [broken, driven] = [breaks, clients].map((names) => namesIn(names, options).join(', ') || 'nothing');
  const details = [
    claim,
    `Breaks ${broken} of the fleet ${fleet}; drives ${driven}.`,
    `Input: \`${JSON.stringify(chosen)}\``,
  ];
  return { staticSummary: claim, staticDetails: details.join('\n\n') };
}

/** Says whether all that it failed of is known. @returns the exit code */
function knownIn({ result, exitCode }: Outcome, defects: KnownDefect[], allowKnown: boolean): number {
  const { known, seen, expired } = classify(result, defects, new Date().toISOString().slice(0, 10));
  for (const { id, reason, expires } of seen) say(`known defect \`${id}\`, until ${expires}: ${reason}`);
  for (const { id, expires } of expired) say(`known defect \`${id}\` has expired on ${expires}`);
  if (!known) return exitCode;
  say(`failed, known${allowKnown ? '' : ': `--allow-known` makes that exit code 0'}`);
  return allowKnown && exitCode === EXIT.failed ? EXIT.passed : exitCode;
}

export function present({ result }: Outcome, json: boolean | undefined): void {
  const many = suiteIn(result);
  answer(
    json,
    result,
    () => `\n${many ? renderSuite(many, lookOf(process.stdout)) : renderResult(result, lookOf(process.stdout))}`,
  );
}
