import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';

/** @throws BadInput when somebody set a timeout on the whole run. */
export function refuseTimeouts(): void {
  const { executionTimeoutMs, runTimeoutMs } = workflowInfo();
  // The plain CLI sends 0 for none.
  if (!executionTimeoutMs && !runTimeoutMs) return;
  throw ApplicationFailure.nonRetryable(
    'This run was started with an execution timeout or a run timeout. Temporal ends such a run without any clean-up: ' +
      'start it without (`temporal workflow start` with neither `--execution-timeout` nor `--run-timeout`).',
    'BadInput',
  );
}
