import { sweepLines } from '../contract/sweep-lines.ts';
import { sweepIdOf, SWEEP_WORKFLOW, type SweepResult } from '../contract/sweep.ts';
import { duration } from '../report/look.ts';
import type { Link } from './temporal.ts';

export interface LastSweep {
  /** ISO 8601: when it ended. */
  at: string;
  result: SweepResult;
}

/** The newest of the fleet's scheduled sweeps that came to its end. */
export async function lastSweep({ client }: Pick<Link, 'client'>, fleet: string): Promise<LastSweep | undefined> {
  const ofFleet = `WorkflowType = "${SWEEP_WORKFLOW}" AND WorkflowId STARTS_WITH "${sweepIdOf(fleet)}"`;
  const query = `${ofFleet} AND ExecutionStatus = "Completed"`;
  for await (const { workflowId, runId, closeTime } of client.workflow.list({ query, pageSize: 20 })) {
    if (!closeTime) continue;
    const result = (await client.workflow.getHandle(workflowId, runId).result()) as SweepResult;
    if (result.fleet === fleet) return { at: closeTime.toISOString(), result };
  }
  return undefined;
}

/** For people. */
export function renderSweep(last: LastSweep | undefined, now = Date.now()): string {
  if (last === undefined) return 'no sweep has ended yet; every worker keeps a schedule of them';
  const lines = sweepLines(last.result);
  const ago = duration((now - Date.parse(last.at)) / 1000);
  const said =
    lines.length === 0 ? ' nothing was left, every machine answered' : lines.map((line) => `\n  ${line}`).join('');
  return `last sweep ${ago} ago:${said}`;
}
