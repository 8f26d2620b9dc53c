import { randomBytes } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Command } from 'commander';
import type { Config } from '../config.ts';
import { TASK_QUEUE } from '../contract/names.ts';
import type { RunInput, RunRef } from '../contract/run.ts';
import type { Scenario } from '../workflows/scenario.ts';
import { EXIT } from '../report/exit-code.ts';
import { renderResult } from '../report/terminal.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { badInput, CliError } from './errors.ts';
import { answer, lookOf, say } from './output.ts';
import type { Known, Outcome } from './outcome.ts';
import { findScenario, inputFor, type InputOptions } from './scenario-input.ts';
import { requireWorker, uiLink, withTemporal, type Link } from './temporal.ts';

interface Options extends CommonOptions, InputOptions {
  id?: string;
  detach?: boolean;
}

export const inputOptions = (command: Command): Command =>
  command
    .option(
      '--set <key=value>',
      'an option of the scenario; may be given again',
      (pair: string, before: string[] | undefined) => [...(before ?? []), pair],
    )
    .option('--input <json>', 'all options as one JSON object')
    .option('--lease <seconds>', 'how long a fault outlives the last sign of life of its run (default: 60)');

/** `0k-chaos run SCENARIO` */
export function runCommand(): Command {
  return inputOptions(common(new Command('run')))
    .description('run a scenario and follow it to its verdict; Ctrl-C heals and ends it')
    .argument('<scenario>', 'see `0k-chaos list`')
    .option('--id <workflowId>', 'workflow id (default: the name and the time)')
    .option('--detach', 'start it, and do not wait')
    .addHelpText(
      'after',
      examples(
        'run mr_01_relay_crash_failover',
        'run edge_01_guardian_high_latency --set delayMs=800 --set jitterMs=0',
        'run conv_01_convergence_after_multi_failure --lease 30 --json',
      ),
    )
    .action(run);
}

async function run(name: string, options: Options): Promise<void> {
  const scenario = findScenario(name);
  const config = await configOf(options);
  const { input } = inputFor(name, scenario, config.fleet, options);
  await withTemporal(config, async (link) => {
    await requireWorker(link, config);
    const startedAtMs = Date.now();
    const handle = await start(link, name, scenario, input, options.id ?? newId(name));
    const ref: RunRef = { scenario: name, workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    const url = uiLink(link.server, ref.workflowId, ref.runId);
    if (options.detach) return started(ref, url, options);
    say(`${name} on the fleet ${config.fleet.name}: ${ref.workflowId}${url === null ? '' : `\n${url}`}`);
    process.exitCode = await follow(link, handle, config, { ref, scenario, startedAtMs }, options);
  });
}

/** Sorts by time, is readable, and is safe in URLs and shells. */
function newId(name: string): string {
  const time = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${name}-${time}-${randomBytes(2).toString('hex')}`;
}

async function start({ client }: Link, name: string, { definition }: Scenario, input: RunInput, workflowId: string) {
  const { WorkflowExecutionAlreadyStartedError } = await import('@temporalio/client');
  const { fleet, ...chosen } = input;
  const details = [
    definition.claim,
    `Breaks ${definition.breaks.join(', ')} of the fleet ${fleet}; drives ${definition.clients.join(', ')}.`,
    `Input: \`${JSON.stringify(chosen)}\``,
  ];
  try {
    return await client.workflow.start(name, {
      ...{ workflowId, taskQueue: TASK_QUEUE, args: [input] },
      ...{ staticSummary: definition.claim.slice(0, 200), staticDetails: details.join('\n\n') },
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw badInput(`a run \`${workflowId}\` is there already: \`0k-chaos status ${workflowId}\``, { cause: error });
  }
}

function started(ref: RunRef, url: string | null, { json }: Options): void {
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
  { json }: Options,
): Promise<number> {
  const [{ watch, reportOf }, { onInterrupt }] = await Promise.all([import('./watch.ts'), import('./interrupt.ts')]);
  const { claim } = scenario.definition;
  const known: Known = { run: ref, claim, stateDir, startedAtMs, report: reportOf(link, handle) };
  const left = onInterrupt(async () => void (await handle.cancel()), ref.workflowId);
  const outcome = await watch(link, handle, known, { left });
  if (outcome === undefined) throw leftBehind(ref);
  present(outcome, json);
  return outcome.exitCode;
}

const leftBehind = ({ workflowId }: RunRef): CliError =>
  new CliError(
    'Aborted',
    `left before \`${workflowId}\` had healed; it goes on healing. \`0k-chaos status ${workflowId}\` shows how far, \`0k-chaos faults\` what is still broken`,
    EXIT.aborted,
  );

export const present = ({ result }: Outcome, json: boolean | undefined): void =>
  answer(json, result, () => `\n${renderResult(result, lookOf(process.stdout))}`);
