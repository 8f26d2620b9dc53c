import { sweepLines } from '../contract/sweep-lines.ts';
import { sweepIdOf, SWEEP_WORKFLOW, type SweepResult } from '../contract/sweep.ts';
import { duration } from '../report/look.ts';
import type { Link } from './temporal.ts';

export interface LastSweep {
  /** ISO 8601: when it ended. */
  at: string;
  /** Null: encrypted, and not to be read here. */
  result: SweepResult | null;
}

/** The newest of the fleet's scheduled sweeps that came to its end. */
export async function lastSweep({ skim }: Pick<Link, 'skim'>, fleet: string): Promise<LastSweep | undefined> {
  const ofFleet = `WorkflowType = "${SWEEP_WORKFLOW}" AND WorkflowId STARTS_WITH "${sweepIdOf(fleet)}"`;
  const query = `${ofFleet} AND ExecutionStatus = "Completed"`;
  for await (const { workflowId, runId, closeTime } of skim.workflow.list({ query, pageSize: 20 })) {
    if (!closeTime) continue;
    const result = (await skim.workflow.getHandle(workflowId, runId).result()) as SweepResult | undefined;
    if (result === undefined || result.fleet === fleet) return { at: closeTime.toISOString(), result: result ?? null };
  }
  return undefined;
}

/** For people. */
export function renderSweep(last: LastSweep | undefined, now = Date.now()): string {
  if (last === undefined) return 'no sweep has ended yet; every worker keeps a schedule of them';
  const ago = duration((now - Date.parse(last.at)) / 1000);
  if (last.result === null) return `last sweep ${ago} ago; what it did is encrypted, and no key for it is here`;
  const lines = sweepLines(last.result);
  const said =
    lines.length === 0 ? ' nothing was left, every machine answered' : lines.map((line) => `\n  ${line}`).join('');
  return `last sweep ${ago} ago:${said}`;
}
