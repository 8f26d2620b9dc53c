import { randomBytes } from 'node:crypto';
import { InvalidArgumentError } from 'commander';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { lockIdOf } from '../contract/fleet-lock.ts';
import { TASK_QUEUE } from '../contract/names.ts';
import { EXIT } from '../report/exit-code.ts';
import { badInput, CliError } from './errors.ts';
import type { Link } from './temporal.ts';

/** Sorts by time, is readable, and is safe in URLs and shells. */
export function newId(name: string): string {
  const time = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return `${name}-${time}-${randomBytes(2).toString('hex')}`;
}

/** `--id`: of what lists, shells and addresses show as it is. The lock's own would be waited for for ever. */
export function givenId(text: string): string {
  if (/^[^\p{C}\s]{1,300}$/u.test(text) && !text.startsWith(lockIdOf(''))) return text;
  throw new InvalidArgumentError(`it has 1 to 300 characters, no spaces, and does not begin with ${lockIdOf('')}.`);
}

/** What people read of it in Temporal's UI. */
export interface Shown {
  staticSummary: string;
  staticDetails?: string;
}

/** @throws CliError where the id is taken */
export async function startWorkflow(
  { client }: Link,
  type: string,
  workflowId: string,
  input: object,
  { staticSummary, ...shown }: Shown,
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  try {
    return await client.workflow.start(type, {
      ...{ workflowId, taskQueue: TASK_QUEUE, args: [input] },
      ...{ staticSummary: staticSummary.slice(0, 200), ...shown },
    });
  } catch (error) {
    if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
    throw badInput(`a run \`${workflowId}\` is there already: \`0k-chaos status ${workflowId}\``, { cause: error });
  }
}

/** For whoever does not wait until an aborted run has healed. */
export const leftBehind = (workflowId: string): CliError =>
  new CliError(
    'Aborted',
    `left before \`${workflowId}\` had healed; it goes on healing. \`0k-chaos status ${workflowId}\` shows how far, \`0k-chaos faults\` what is still broken`,
    EXIT.aborted,
  );
