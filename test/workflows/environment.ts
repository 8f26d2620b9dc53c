import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, type DataConverter } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkerOptions, WorkflowBundle } from '@temporalio/worker';
import { loadSettings } from '../../src/config.ts';
import { HEAL_QUEUE, HOLD_QUEUE, SEARCH_ATTRIBUTES, TASK_QUEUE } from '../../src/contract/names.ts';
import { findTemporal } from '../../src/temporal/binary.ts';
import { whenInterrupted } from '../interrupted.ts';
import { suiteActivities } from './suite-activities.ts';
import { sweepActivities } from './sweep-activities.ts';
import { fakeActivities } from './fake-activities.ts';

/** A real Temporal server with workers on our queues, whose activities act on simulated machines. */
export interface Environment {
  client: Client;
  address: string;
  close(): Promise<void>;
}

/** Fewer than runs live side by side here: what stands beside runs must take none of them. */
export const HEAL_SLOTS = 4;

/** Stands in histories in place of this machine's name. */
const IDENTITY = 'tests';

const quiet = new DefaultLogger('ERROR');

/** A bundle of the workflows that a module beside this one exports. */
export const bundleOf = (
  module: string,
  more: Pick<DataConverter, 'failureConverterPath'> = {},
): Promise<WorkflowBundle> =>
  bundleWorkflowCode({
    ...{ workflowsPath: fileURLToPath(new URL(module, import.meta.url)), logger: quiet },
    payloadConverterPath: fileURLToPath(new URL('../../src/workflows/payload-converter.cjs', import.meta.url)),
    ...more,
  });

let bundled: Promise<WorkflowBundle> | undefined;

/** The bundle that workers make of `src/workflows`, built once a process. */
export const bundle = (): Promise<WorkflowBundle> => (bundled ??= bundleOf('../../src/workflows/entry.cjs'));

let opened: Promise<Environment> | undefined;

/** The one environment of this process: started by whoever asks first, ended when all tests are through. */
export const environment = (): Promise<Environment> => (opened ??= open());

/** A quiet runtime that leaves signals to us, unless other tests of this process have started theirs. */
export function quieten(): void {
  try {
    const filter = { core: 'ERROR', other: 'ERROR' } as const;
    Runtime.install({ logger: quiet, telemetryOptions: { logging: { filter } }, shutdownSignals: [] });
  } catch (error) {
    if ((error as Error).name !== 'IllegalStateError') throw error;
  }
}

async function open(): Promise<Environment> {
  quieten();
  const { path } = await findTemporal(loadSettings(), console.error);
  const searchAttributes = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) =>
    defineSearchAttributeKey(name, ATTRIBUTE_TYPES[type]),
  );
  const [env, workflowBundle] = await Promise.all([
    TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path },
        searchAttributes,
        extraArgs: SHORT_HISTORIES,
        log: { format: 'pretty', level: 'error' },
      },
      client: { identity: IDENTITY },
    }),
    bundleOf('./workflows-under-test.ts'),
  ]);
  whenInterrupted(() => env.teardown());
  const common: Partial<WorkerOptions> = {
    ...{ connection: env.nativeConnection, identity: IDENTITY, shutdownGraceTime: 0 },
    activities: { ...fakeActivities(env.client), ...suiteActivities(), ...sweepActivities(env.client) },
    ...{ maxHeartbeatThrottleInterval: '200ms', maxConcurrentActivityTaskExecutions: 400 },
  };
  const workers = await Promise.all([
    Worker.create({ ...common, taskQueue: TASK_QUEUE, workflowBundle }),
    Worker.create({ ...common, taskQueue: HEAL_QUEUE, maxConcurrentActivityTaskExecutions: HEAL_SLOTS }),
    Worker.create({ ...common, taskQueue: HOLD_QUEUE }),
  ]);
  const running = workers.map((worker) => worker.run());
  return {
    client: env.client,
    address: env.address,
    async close() {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await env.teardown();
    },
  };
}

/** A server suggests to continue as new after 4096 events: here much sooner, so that it can be seen. */
const SHORT_HISTORIES = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'];

const ATTRIBUTE_TYPES = { Keyword: 'KEYWORD', Int: 'INT', Bool: 'BOOL', KeywordList: 'KEYWORD_LIST' } as const;

/** Runs that nobody may be waiting for any more, as when a test was chosen by its title or another one failed. */
export const underWay = new Set<Promise<unknown>>();

/** Ends it, where anybody asked for it. */
export async function closeEnvironment(): Promise<void> {
  await Promise.allSettled(underWay);
  await (await opened)?.close();
  opened = undefined;
}

// A hook of the root suite, as this module is loaded outside of every `describe`. A script closes by itself.
if (typeof after === 'function') {
  after(async function () {
    this.timeout(30_000);
    await closeEnvironment();
  });
}
