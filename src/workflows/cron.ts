import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';

/** Each of its runs is refused: the server begins the next one whatever became of the last. @throws BadInput */
export function refuseCron(): void {
  const { cronSchedule, workflowId } = workflowInfo();
  // The plain CLI sends an empty text for none.
  if (!cronSchedule) return;
  throw ApplicationFailure.nonRetryable(
    `This workflow was started with the cron schedule \`${cronSchedule}\`, and would be started again for ever. End that ` +
      `(\`temporal workflow terminate --workflow-id ${workflowId}\`), and have a schedule instead: ` +
      '`0k-chaos schedule apply`, or `temporal schedule create`.',
    'BadInput',
  );
}
