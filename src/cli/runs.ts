import type { WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';
import type { Config } from '../config.ts';
import { LOCK_WORKFLOW } from '../contract/fleet-lock.ts';
import { SWEEP_WORKFLOW } from '../contract/sweep.ts';
import { scenarios } from '../workflows/scenarios/index.ts';
import { badInput } from './errors.ts';
import type { Known } from './outcome.ts';
import type { Link } from './temporal.ts';
import { reportOf } from './watch.ts';

/** A run as a list shows it. */
export interface RunLine {
  scenario: string;
  workflowId: string;
  runId: string;
  /** In Temporal's words, such as `RUNNING` or `FAILED`. */
  status: string;
  phase: string | null;
  verdict: string | null;
  faultActive: boolean;
  startedAt: string;
  seconds: number;
}

export async function listRuns(
  { skim }: Pick<Link, 'skim'>,
  limit: number,
  query = 'ChaosScenario IS NOT NULL',
): Promise<RunLine[]> {
  const runs: RunLine[] = [];
  for await (const info of skim.workflow.list({ query })) {
    if (runs.length >= limit) break;
    runs.push(lineOf(info));
  }
  return runs;
}

type Info = Pick<
  WorkflowExecutionInfo,
  'type' | 'workflowId' | 'runId' | 'status' | 'startTime' | 'searchAttributes'
> & {
  closeTime?: Date | undefined;
};

const lineOf = (info: Info): RunLine => {
  const first = (name: string): unknown => info.searchAttributes[name]?.[0];
  const text = (name: string): string | null => (typeof first(name) === 'string' ? String(first(name)) : null);
  return {
    ...{ scenario: info.type, workflowId: info.workflowId, runId: info.runId, status: info.status.name },
    ...{ phase: text('ChaosPhase'), verdict: text('ChaosVerdict'), faultActive: first('ChaosFaultActive') === true },
    startedAt: info.startTime.toISOString(),
    seconds: ((info.closeTime?.getTime() ?? Date.now()) - info.startTime.getTime()) / 1000,
  };
};

const MOST_AT_ONCE = 1000;

export const runningIds = async (link: Link): Promise<string[]> => {
  const running = await listRuns(link, MOST_AT_ONCE, 'ChaosScenario IS NOT NULL AND ExecutionStatus = "Running"');
  return running.map(({ workflowId }) => workflowId);
};

/** Tells it to stop; it heals first. False: it has ended by itself meanwhile. */
export async function cancelRun(handle: WorkflowHandle): Promise<boolean> {
  try {
    await handle.cancel();
    return true;
  } catch (error) {
    if ((error as Error).name !== 'WorkflowNotFoundError') throw error;
    return false;
  }
}

export interface KnownRun {
  handle: WorkflowHandle;
  known: Known;
  status: string;
  line: RunLine;
}

/** Workflows of ours that are no runs, and what shows them. */
const NO_RUNS: Record<string, string> = { [LOCK_WORKFLOW]: '0k-chaos locks', [SWEEP_WORKFLOW]: '0k-chaos status' };

/** A run that Temporal knows, the latest of that id. @throws CliError where there is none */
export async function knownRun(link: Link, { stateDir }: Config, workflowId: string): Promise<KnownRun> {
  const info = await describe(link, workflowId);
  if (Object.hasOwn(NO_RUNS, info.type))
    throw badInput(`\`${workflowId}\` is no run, but a \`${info.type}\`; see \`${NO_RUNS[info.type]}\``);
  const handle = link.client.workflow.getHandle(workflowId, info.runId);
  const known: Known = {
    run: { scenario: info.type, workflowId, runId: info.runId },
    claim: scenarios[info.type]?.definition.claim ?? '',
    stateDir,
    startedAtMs: info.startTime.getTime(),
    report: reportOf(link, handle),
  };
  return { handle, known, status: info.status.name, line: lineOf(info) };
}

async function describe({ skim }: Link, workflowId: string) {
  try {
    return await skim.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if ((error as Error).name !== 'WorkflowNotFoundError') throw error;
    throw badInput(`no run \`${workflowId}\`; \`0k-chaos status\` shows those that are known`, { cause: error });
  }
}
