import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { scenarios } from './scenarios/index.ts';

/** Fails at once, naming what there is. Without it a misspelt `--type` would retry its workflow task for ever. */
export async function unknownWorkflow(): Promise<never> {
  const known = Object.keys(scenarios).join(', ');
  throw ApplicationFailure.nonRetryable(
    `No scenario \`${workflowInfo().workflowType}\`. Known scenarios: ${known}. See \`0k-chaos list\`.`,
    'BadInput',
  );
}
