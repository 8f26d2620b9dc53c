import { ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { TASK_QUEUE } from '../contract/names.ts';
import { sweepIdOf, SWEEP_WORKFLOW } from '../contract/sweep.ts';
import { KeptSchedule, type Applied, type Wanted } from './kept-schedule.ts';

const EVERY_MS = 5 * 60_000;
/** One that goes on for longer, as nobody can decrypt it or go on with it, would keep all others from beginning. */
const LONGEST_MS = 60 * 60_000;
/** A sweep that was missed is no loss: the next one does the same. */
const CATCH_UP_MS = 60_000;

/** The schedule that sweeps a fleet. */
export const sweepScheduleOf = (fleet: string) =>
  ({
    scheduleId: sweepIdOf(fleet),
    spec: { intervals: [{ every: EVERY_MS }] },
    action: {
      ...{ type: 'startWorkflow', workflowType: SWEEP_WORKFLOW, workflowId: sweepIdOf(fleet), taskQueue: TASK_QUEUE },
      ...{ args: [{ fleet }], memo: { madeOf: { everyMs: EVERY_MS, longestMs: LONGEST_MS } } },
      workflowExecutionTimeout: LONGEST_MS,
      staticSummary: `heals what dead runs have left on the machines of ${fleet}`,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP_MS },
    state: {
      note: 'Kept by the workers of 0k-chaos. Pause it rather than delete it: workers make it again, and leave it paused.',
    },
  }) satisfies Wanted;

/** Called by every worker at its start, however many there are. */
export const keepSweeping = (client: Client, fleet: string): Promise<Applied> =>
  new KeptSchedule(client, sweepIdOf(fleet)).apply(sweepScheduleOf(fleet));
