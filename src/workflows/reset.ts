import { workflowInfo } from '@temporalio/workflow';
import { isHandedOver } from './odd-input.ts';

/** What it knows of its own past was done under another id, and has been put back since. */
export const WAS_RESET =
  'this run was reset: whatever it did before belongs to the run that it was, which is put back; start a new one';

/** Whether somebody said `temporal workflow reset`. A run that continues another one says so. */
export function wasReset(): boolean {
  const { runId, firstExecutionRunId } = workflowInfo();
  return runId !== firstExecutionRunId && !isHandedOver();
}
