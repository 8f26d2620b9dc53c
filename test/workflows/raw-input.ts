import { randomUUID } from 'node:crypto';
import type { temporal } from '@temporalio/proto';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import { environment } from './environment.ts';

export type RawPayload = temporal.api.common.v1.IPayload;

/** Bytes in an encoding, as only who speaks to the server directly can send them. */
export const raw = (encoding: string | undefined, data: string, more: Record<string, string> = {}): RawPayload => ({
  metadata: Object.fromEntries(
    Object.entries({ ...(encoding === undefined ? {} : { encoding }), ...more }).map(([key, value]) => [
      key,
      Buffer.from(value),
    ]),
  ),
  data: Buffer.from(data),
});

/** Starts a workflow with payloads as they are. @returns its id */
export async function startRaw(
  type: string,
  payloads: RawPayload[],
  workflowId = `raw-${randomUUID()}`,
): Promise<string> {
  const { client } = await environment();
  await client.workflowService.startWorkflowExecution({
    namespace: 'default',
    workflowId,
    requestId: randomUUID(),
    workflowType: { name: type },
    taskQueue: { name: TASK_QUEUE },
    input: { payloads },
  });
  return workflowId;
}
