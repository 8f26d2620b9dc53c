import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

/** An activity as the server was asked for it: what the UI shows, and what bounds it. */
export interface Scheduled {
  name: string;
  queue: string;
  summary: string;
  heartbeatSeconds: number;
  /** Tried again until it succeeds. */
  isEndless: boolean;
}

export async function scheduledIn(handle: WorkflowHandle): Promise<Scheduled[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: asked, userMetadata }) => {
    if (!asked) return [];
    const { activityType, taskQueue, heartbeatTimeout, retryPolicy } = asked;
    return {
      name: activityType?.name ?? '',
      queue: taskQueue?.name ?? '',
      summary: userMetadata?.summary ? String(defaultPayloadConverter.fromPayload(userMetadata.summary)) : '',
      heartbeatSeconds: Number(heartbeatTimeout?.seconds ?? 0),
      isEndless: (retryPolicy?.maximumAttempts ?? 0) === 0,
    };
  });
}
