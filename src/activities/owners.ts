import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';

/** Of `<workflowId>/<runId>`. */
export const workflowIdOf = (owner: string): string => owner.slice(0, owner.lastIndexOf('/'));

/** Whether the run `<workflowId>/<runId>` is still running. @throws where Temporal cannot be asked. */
export async function isAlive(temporal: Client, owner: string): Promise<boolean> {
  const cut = owner.lastIndexOf('/');
  try {
    const { status } = await temporal.workflow.getHandle(owner.slice(0, cut), owner.slice(cut + 1)).describe();
    return status.name === 'RUNNING' || status.name === 'PAUSED';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isNotAnId(error)) return false;
    throw error;
  }
}

/** Leases that were armed by hand have owners that were never runs. */
const isNotAnId = (error: unknown): boolean => {
  const { code, cause } = error as { code?: number; cause?: { code?: number } };
  return code === INVALID_ARGUMENT || cause?.code === INVALID_ARGUMENT;
};

/** gRPC's. */
const INVALID_ARGUMENT = 3;
