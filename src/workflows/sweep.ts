import { proxyActivities, setCurrentDetails, setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { plain } from '../contract/details.ts';
import { NEVER_RETRIED } from '../contract/errors.ts';
import { HEAL_QUEUE } from '../contract/names.ts';
import { sweepLines } from '../contract/sweep-lines.ts';
import type { SweepInput, SweepResult, SweepSteps } from '../contract/sweep.ts';
import { plainly } from './evidence.ts';
import { refuseOddInput } from './odd-input.ts';

const activities = proxyActivities<SweepSteps>({
  taskQueue: HEAL_QUEUE,
  heartbeatTimeout: '6s',
  startToCloseTimeout: '10m',
  retry: { initialInterval: '1s', maximumAttempts: 3, nonRetryableErrorTypes: NEVER_RETRIED },
});

/** Heals what dead runs have left on the machines. A schedule starts it every five minutes; anybody may, at any time. */
export async function sweep(input?: SweepInput): Promise<SweepResult> {
  refuseOddInput(input);
  // What the schedule's last one returned: it knows since when a machine is out of reach.
  const previous = workflowInfo().lastResult as SweepResult | undefined;
  const ask = { input: input ?? {}, ...(previous === undefined ? {} : { previous }) };
  const options = { summary: 'every ledger against the runs that are alive' };
  const result = await plainly(() => activities.sweepMachines.executeWithOptions(options, [ask]));
  const lines = sweepLines(result).map((line) => `- ${plain(line)}`);
  setCurrentDetails(lines.length === 0 ? 'Nothing was left, every machine answered.' : lines.join('\n'));
  return result;
}

setWorkflowOptions({ failureExceptionTypes: [Error] }, sweep);
