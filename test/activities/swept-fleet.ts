import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Deps } from '../../src/activities/deps.ts';
import { LOCK_WORKFLOW, lockIdOf } from '../../src/contract/fleet-lock.ts';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import { HostError, type Host } from '../../src/hosts/host.ts';
import { fakeDeps } from './ground/fake-fleet.ts';

/** The fake fleet, whose Guardian is a machine with a real ledger, and whose Beast is `beast`, or does not answer. */
export function sweptDeps(temporal: Client, guardian: Host, beast: Host = silent('beast')): Deps {
  const hosts = { get: (name: string) => (name === 'guardian' ? guardian : beast), close: () => Promise.resolve() };
  return { ...fakeDeps({}), hosts, temporal };
}

/** A machine that cannot be reached; `after` ms of silence. */
export const silent = (name: string, after = 0): Host =>
  ({
    name,
    asRoot: () =>
      new Promise<string[]>((_, reject) => {
        setTimeout(() => reject(new HostError('unreachable', name, `${name} does not answer`)), after).unref();
      }),
  }) as unknown as Host;

/** A workflow that lives until it is ended, as an owner of leases or locks. */
export async function livingRun(client: Client): Promise<{ owner: string; handle: WorkflowHandle; runId: string }> {
  const workflowId = lockIdOf(`owner-${randomUUID()}`);
  const handle = await client.workflow.start(LOCK_WORKFLOW, { taskQueue: TASK_QUEUE, workflowId });
  const runId = handle.firstExecutionRunId;
  return { owner: `${workflowId}/${runId}`, handle, runId };
}
