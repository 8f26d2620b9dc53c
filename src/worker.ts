import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import type { Deps } from './activities/deps.ts';
import { createActivities } from './activities/index.ts';
import { sweepFleet } from './activities/sweep.ts';
import type { Config } from './config.ts';
import { loadConfig } from './config.ts';
import { HEAL_QUEUE, HOLD_QUEUE, TASK_QUEUE } from './contract/names.ts';
import { sweepLines } from './contract/sweep-lines.ts';
import type { Hosts } from './hosts/host.ts';
import { createHosts } from './hosts/hosts.ts';
import { harmless } from './report/look.ts';
import { workflowBundle as bundleOf } from './temporal/bundle.ts';
import { skimmingConverterOf, workingConverterOf } from './temporal/codec/data-converter.ts';
import { ensureServer, nativeConnect } from './temporal/server.ts';
import { openMetrics } from './temporal/metrics.ts';
import { keepSweeping } from './temporal/sweeps.ts';
import { supervise } from './temporal/supervise.ts';

/** How many runs one worker can hold, or have in line, at a time; each costs a timer and a heartbeat. */
const HOLD_SLOTS = 2_000;

/** What a worker is put together from. */
export interface Parts {
  workflows: typeof bundleOf;
  hosts(config: Config): Hosts;
  activities(deps: Deps): ReturnType<typeof createActivities>;
}

export const theParts: Parts = {
  workflows: bundleOf,
  hosts: (config) => createHosts({ ...config, machines: config.fleet.machines }),
  activities: createActivities,
};

/** The composition root: one process that polls `Q`, `Q-heal` and `Q-hold` until it is told to stop. */
export async function runWorker(
  config: Config,
  say: (line: string) => void = (line) => console.error(harmless(line)),
  parts: Parts = theParts,
): Promise<void> {
  const measures = openMetrics(config);
  const dataConverter = workingConverterOf(config);
  const server = await ensureServer(config, say);
  const supervisor = supervise(config, server, say);
  const workflowBundle = await parts.workflows(config.cacheDir, dataConverter);
  const connection = await nativeConnect(config, server);
  const plain = await Connection.connect({ ...config.temporal.connectionOptions, address: server.address });
  const hosts = parts.hosts(config);
  const temporal = new Client({ connection: plain, namespace: server.namespace, dataConverter });
  // A schedule that nobody can read any more is made anew.
  const skim = new Client({
    ...{ connection: plain, namespace: server.namespace, dataConverter: skimmingConverterOf(config) },
  });
  const { fleet, fleetFile, stateDir } = config;
  const deps = { fleet, fleetFile, hosts, temporal, stateDir, ...(measures && { measures }) };
  const activities = parts.activities(deps);

  const common: Partial<WorkerOptions> = {
    ...{ connection, namespace: server.namespace, dataConverter, activities: { ...activities } },
    ...{
      shutdownGraceTime: '2s',
      shutdownForceTime: '10s',
      maxHeartbeatThrottleInterval: '1s',
      // How long a run waits for a worker that is dead before another may have it.
      stickyQueueScheduleToStartTimeout: '2s',
      identity: `${process.pid}@${config.fleet.name}`,
    },
  };
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: TASK_QUEUE, workflowBundle }),
    Worker.create({ ...common, taskQueue: HEAL_QUEUE }),
    Worker.create({ ...common, taskQueue: HOLD_QUEUE, maxConcurrentActivityTaskExecutions: HOLD_SLOTS }),
  ]);
  const swept = sweepFleet(deps);
  say(
    `worker: polls ${TASK_QUEUE}, ${HEAL_QUEUE} and ${HOLD_QUEUE} on ${server.address} for the fleet ${config.fleet.name}`,
  );
  try {
    await Promise.all([
      ...workers.map((worker) => worker.run()),
      swept.then(
        (result) => sweepLines(result).forEach((line) => say(`swept: ${line}`)),
        (error: Error) => say(`not swept: ${error.message}`),
      ),
      keepSweeping(skim, config.fleet.name).catch((error: Error) =>
        say(`no sweep every five minutes: ${error.message}`),
      ),
    ]);
  } finally {
    supervisor.stop();
    await hosts.close();
    await Promise.all([connection.close(), plain.close()]);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runWorker(loadConfig());
