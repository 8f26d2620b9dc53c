import type { Config } from '../../config.ts';
import { SOAK_WORKFLOW, SUITE_WORKFLOW } from '../../contract/suite.ts';
import { scenarios } from '../../workflows/scenarios/index.ts';
import { cancelRun, listRuns } from '../runs.ts';
import { withTemporal, type Link } from '../temporal.ts';

/** Longer nobody waits for a server: the machines are braked and healed meanwhile. */
const PATIENCE_MS = 8_000;
const MOST_AT_ONCE = 1000;

/** What was done to the runs. */
export interface Cancelled {
  /** Workflow ids of those that were told to stop; each ends by itself. */
  asked: string[];
  /** Why not all of them could be told; null: they were. */
  problem: string | null;
}

/** Every run of the fleet, taken up or not: those that no worker has looked at yet carry no fleet. */
export function runsOf(fleet: string): string {
  const types = [...Object.keys(scenarios), SUITE_WORKFLOW, SOAK_WORKFLOW].map((type) => `'${type}'`).join(', ');
  return `WorkflowType IN (${types}) AND ExecutionStatus = 'Running' AND (ChaosFleet = '${fleet}' OR ChaosFleet IS NULL)`;
}

/** Cancels, never terminates. @throws never: where Temporal does not answer, the rest has to be done all the same */
export async function cancelRuns(config: Config): Promise<Cancelled> {
  const asked = new Map<string, string>();
  const problem = await within(
    PATIENCE_MS,
    withTemporal(config, (link) => cancelAll(link, config.fleet.name, asked)),
  );
  return { asked: [...new Set(asked.values())], problem };
}

/** Again until nobody is left who was not told: a suite may have begun a child meanwhile. */
async function cancelAll(link: Link, fleet: string, asked: Map<string, string>): Promise<void> {
  for (;;) {
    const running = await listRuns(link, MOST_AT_ONCE, runsOf(fleet));
    const fresh = running.filter(({ runId }) => !asked.has(runId));
    if (fresh.length === 0) return;
    // One that has just ended may go on under a new run id, which the next look finds.
    await Promise.all(
      fresh.map(({ workflowId, runId }) => cancelRun(link.client.workflow.getHandle(workflowId, runId))),
    );
    for (const { runId, workflowId } of fresh) asked.set(runId, workflowId);
  }
}

async function within(ms: number, work: Promise<void>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((settle) => {
    timer = setTimeout(() => settle(`Temporal did not answer within ${ms / 1000} s`), ms);
  });
  const done = work.then(
    () => null,
    (error: Error) => error.message,
  );
  const outcome = await Promise.race([done, late]);
  clearTimeout(timer);
  return outcome;
}
