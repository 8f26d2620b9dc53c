import { Runtime } from '@temporalio/worker';
import { HEAL_BUCKETS, Measures } from '../activities/measures.ts';
import type { Settings } from '../config.ts';
import { TemporalError } from './connection.ts';
import { workerLogger } from './logger.ts';

/** Called once a process, before anything else of a worker. Undefined: nobody asks for metrics. @throws TemporalError */
export function openMetrics({ metrics }: Pick<Settings, 'metrics'>): Measures | undefined {
  const logger = workerLogger();
  if (metrics === undefined) return void Runtime.install({ logger });
  const prometheus = { bindAddress: metrics, useSecondsForDurations: true, histogramBucketOverrides: HEAL_BUCKETS };
  try {
    Runtime.install({ logger, telemetryOptions: { metrics: { prometheus } } });
  } catch (error) {
    throw new TemporalError(`no metrics at ${metrics}: ${(error as Error).message}; choose another address`, {
      cause: error,
    });
  }
  return new Measures(Runtime.instance().metricMeter);
}
