import type { Client, Connection } from '@temporalio/client';
import type { Config, Settings } from '../config.ts';
import { TASK_QUEUE } from '../contract/names.ts';
import type { Server } from '../temporal/server.ts';
import { EXIT } from '../report/exit-code.ts';
import { CliError } from './errors.ts';

export interface Link {
  server: Server;
  connection: Connection;
  client: Client;
  /** Reads as nothing what it cannot decrypt: for lists, descriptions and schedules. */
  skim: Client;
}

/** Connects for as long as `act` takes; starts no server. @throws TemporalError */
export async function withTemporal<T>(settings: Settings, act: (link: Link) => Promise<T>): Promise<T> {
  const { connect } = await import('../temporal/server.ts');
  const link = await connect(settings, { start: false });
  try {
    return await act(link);
  } finally {
    await link.connection.close();
  }
}

export interface Poller {
  identity: string;
  /** Since it last asked for work. */
  secondsAgo: number;
}

/** A worker asks again after 60 s at most; the server remembers those that are gone for some minutes. */
const LIVE_SECONDS = 70;

/** Who polls a queue for activities, the latest first; heals have no workflows. */
export async function pollersOf({ server, connection }: Link, taskQueue: string = TASK_QUEUE): Promise<Poller[]> {
  const ACTIVITY_TASKS = 2;
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: server.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: ACTIVITY_TASKS,
  });
  return (pollers ?? [])
    .map(({ identity, lastAccessTime }) => ({
      identity: identity ?? '',
      secondsAgo: Date.now() / 1000 - Number(lastAccessTime?.seconds ?? 0),
    }))
    .filter(({ secondsAgo }) => secondsAgo < LIVE_SECONDS)
    .toSorted((a, b) => a.secondsAgo - b.secondsAgo);
}

/** @throws CliError where nobody would take up a run. */
export async function requireWorker(link: Link, config: Config): Promise<void> {
  if ((await pollersOf(link)).length > 0) return;
  throw new CliError(
    'GroundFailed',
    `no worker polls \`${TASK_QUEUE}\` on Temporal at ${link.server.address} (namespace ${link.server.namespace}); ` +
      `start one in another terminal: \`0k-chaos worker --fleet ${config.fleetFile}\``,
    EXIT.badInput,
  );
}

/** Where a run is seen in a browser; null where we do not know the UI. */
export const uiLink = ({ uiUrl, namespace }: Server, workflowId: string, runId: string): string | null =>
  uiUrl === null ? null : `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
