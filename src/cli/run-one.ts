import type { WorkflowHandle } from '@temporalio/client';
import { refuseWhenBraked } from '../activities/brake.ts';
import { readKnownDefects } from '../activities/known-defects.ts';
import type { Config } from '../config.ts';
import type { KnownDefect } from '../contract/known-defects.ts';
import type { RunInput, RunRef } from '../contract/run.ts';
import { EXIT } from '../report/exit-code.ts';
import { classify } from '../report/known-defects.ts';
import { renderSuite } from '../report/summary-text.ts';
import { renderResult } from '../report/terminal.ts';
import type { Scenario } from '../workflows/scenario.ts';
import { configOf, type CommonOptions } from './common.ts';
import { answer, lookOf, say } from './output.ts';
import type { Known, Outcome } from './outcome.ts';
import { heedGuardsOf } from './heed-guards.ts';
import { findScenario, inputFor, type InputOptions } from './scenario-input.ts';
import { leftBehind, newId, startWorkflow } from './start-workflow.ts';
import { suiteIn } from './suite-outcome.ts';
import { requireWorker, uiLink, withTemporal, type Link } from './temporal.ts';

export interface RunOptions extends CommonOptions, InputOptions {
  id?: string;
  detach?: boolean;
  seed?: number;
  allowKnown?: boolean;
}

/** One run of one scenario. */
export async function runOne(name: string, options: RunOptions): Promise<void> {
  const scenario = findScenario(name);
  const config = await configOf(options);
  const defects = readKnownDefects(config);
  const { input: own, options: chosen } = inputFor(name, scenario, config.fleet, options);
  heedGuardsOf(config.fleet, scenario, chosen, own.leaseSeconds);
  const input: RunInput = options.seed === undefined ? own : { ...own, seed: options.seed };
  refuseWhenBraked(config);
  await withTemporal(config, async (link) => {
    await requireWorker(link, config);
    const startedAtMs = Date.now();
    const handle = await start(link, name, scenario, input, options.id ?? newId(name));
    const ref: RunRef = { scenario: name, workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    const url = uiLink(link.server, ref.workflowId, ref.runId);
    if (options.detach) return started(ref, url, options);
    say(`${name} on the fleet ${config.fleet.name}: ${ref.workflowId}${url === null ? '' : `\n${url}`}`);
    process.exitCode = await follow(link, handle, config, { ref, scenario, startedAtMs }, { ...options, defects });
  });
}

function start(link: Link, name: string, { definition }: Scenario, input: RunInput, workflowId: string) {
  const { fleet, ...chosen } = input;
  const details = [
    definition.claim,
    `Breaks ${definition.breaks.join(', ')} of the fleet ${fleet}; drives ${definition.clients.join(', ')}.`,
    `Input: \`${JSON.stringify(chosen)}\``,
  ];
  return startWorkflow(link, name, workflowId, input, {
    staticSummary: definition.claim,
    staticDetails: details.join('\n\n'),
  });
}

function started(ref: RunRef, url: string | null, { json }: RunOptions): void {
  answer(json, { ...ref, url }, () =>
    [`started ${ref.workflowId}`, ...(url === null ? [] : [url]), `see \`0k-chaos status ${ref.workflowId}\``].join(
      '\n',
    ),
  );
}

interface Started {
  ref: RunRef;
  scenario: Scenario;
  startedAtMs: number;
}

async function follow(
  link: Link,
  handle: WorkflowHandle,
  { stateDir }: Config,
  { ref, scenario, startedAtMs }: Started,
  { json, defects, allowKnown }: RunOptions & { defects: KnownDefect[] },
): Promise<number> {
  const [{ watch, reportOf }, { onInterrupt }, { cancelRun }] = await Promise.all([
    import('./watch.ts'),
    import('./interrupt.ts'),
    import('./runs.ts'),
  ]);
  const { claim } = scenario.definition;
  const known: Known = { run: ref, claim, stateDir, startedAtMs, report: reportOf(link, handle) };
  const left = onInterrupt(() => cancelRun(handle), ref.workflowId);
  const outcome = await watch(link, handle, known, { left });
  if (outcome === undefined) throw leftBehind(ref.workflowId);
  present(outcome, json);
  return knownIn(outcome, defects, allowKnown === true);
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
