import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';

/** Of `<workflowId>/<runId>`; of anything else, as somebody may have given the lock, all of it. */
export function idsOf(owner: string): { workflowId: string; runId: string } {
  const cut = owner.lastIndexOf('/');
  return cut < 1 ? { workflowId: owner, runId: '' } : { workflowId: owner.slice(0, cut), runId: owner.slice(cut + 1) };
}
export const workflowIdOf = (owner: string): string => idsOf(owner).workflowId;

/**
 * `unknown`: this Temporal has never heard of it, or not for so long that it forgot: something done by hand, or a run of another
 * Temporal server, which may be alive there.
 */
export type OwnerState = 'alive' | 'ended' | 'unknown';

/** A server that hangs is one that cannot be asked. */
const ASK_MS = 3_000;

export interface Life {
  state: OwnerState;
  /** At the workflow task that it has to do next: more than a few, and no worker of today can go on with it. */
  attempts: number;
}

/** Whether a run lives. @throws where Temporal cannot be asked. */
export const stateOf = async (temporal: Client, owner: string): Promise<OwnerState> =>
  (await lifeOf(temporal, owner)).state;

/** Asks for the run itself: lists of runs lag behind. @throws where Temporal cannot be asked. */
export async function lifeOf(temporal: Client, owner: string): Promise<Life> {
  const { workflowId, runId } = idsOf(owner);
  const handle = temporal.workflow.getHandle(workflowId, runId);
  try {
    const { status, raw } = await temporal.withDeadline(Date.now() + ASK_MS, () => handle.describe());
    const state = status.name === 'RUNNING' || status.name === 'PAUSED' ? 'alive' : 'ended';
    return { state, attempts: raw?.pendingWorkflowTask?.attempt ?? 0 };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || isNotAnId(error)) return { state: 'unknown', attempts: 0 };
    throw error;
  }
}

/** Whether the run `<workflowId>/<runId>` is still running. @throws where Temporal cannot be asked. */
export const isAlive = async (temporal: Client, owner: string): Promise<boolean> =>
  (await stateOf(temporal, owner)) === 'alive';

/** Leases that were armed by hand have owners that were never runs. */
const isNotAnId = (error: unknown): boolean => {
  const { code, cause } = error as { code?: number; cause?: { code?: number } };
  return code === INVALID_ARGUMENT || cause?.code === INVALID_ARGUMENT;
};

/** gRPC's. */
const INVALID_ARGUMENT = 3;
