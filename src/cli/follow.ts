import type { WorkflowHandle } from '@temporalio/client';
import type { RunRef } from '../contract/run.ts';
import type { Known, Outcome } from './outcome.ts';
import { answer } from './output.ts';
import { leftBehind } from './start-workflow.ts';
import type { Link } from './temporal.ts';

/** What was started and is not waited for. */
export function started(run: RunRef, url: string | null, json: boolean | undefined): void {
  const { workflowId } = run;
  answer(json, { ...run, url }, () =>
    [`started ${workflowId}`, ...(url === null ? [] : [url]), `see \`0k-chaos status ${workflowId}\``].join('\n'),
  );
}

/** Follows a run to its end; Ctrl-C tells it to stop, and waits until it has healed. @throws CliError where nobody waits for that */
export async function followed(link: Link, handle: WorkflowHandle, known: Omit<Known, 'report'>): Promise<Outcome> {
  const [{ watch, reportOf }, { onInterrupt }, { cancelRun }] = await Promise.all([
    import('./watch.ts'),
    import('./interrupt.ts'),
    import('./runs.ts'),
  ]);
  const { workflowId } = known.run;
  const left = onInterrupt(() => cancelRun(handle), workflowId);
  const outcome = await watch(link, handle, { ...known, report: reportOf(link, handle) }, { left });
  if (outcome === undefined) throw leftBehind(workflowId);
  return outcome;
}
