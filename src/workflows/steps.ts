import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import { NEVER_RETRIED } from '../contract/errors.ts';
import { HEAL_QUEUE, HOLD_QUEUE } from '../contract/names.ts';
import { MOST_ATTEMPTS, TRIED_WITHOUT_END, type Admitted, type Steps } from '../contract/steps.ts';

const retry = { initialInterval: '500ms', maximumInterval: '5s', nonRetryableErrorTypes: NEVER_RETRIED };

/** Without it an activity is given up while it still runs on a machine, and the heal would race the inject. */
const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

const common: ActivityOptions = { cancellationType, heartbeatTimeout: '6s', retry };

const brief = proxyActivities<Steps>({
  ...common,
  startToCloseTimeout: '2m',
  retry: { ...retry, maximumAttempts: MOST_ATTEMPTS },
});

/** A heal has no deadline and no last attempt. */
const healing = proxyActivities<Steps>({
  ...common,
  taskQueue: HEAL_QUEUE,
  startToCloseTimeout: '10m',
  retry: { initialInterval: '500ms', maximumInterval: '5s' },
});

const holding = proxyActivities<Steps>({
  ...common,
  taskQueue: HOLD_QUEUE,
  heartbeatTimeout: '5s',
  startToCloseTimeout: '30d',
  retry: { initialInterval: '200ms', maximumInterval: '2s' },
});

/** In a line there is no deadline; who waits is seen to be alive. */
const waiting = proxyActivities<Steps>({ ...common, taskQueue: HOLD_QUEUE, startToCloseTimeout: '30d' });

/** Calls an activity with a line for the UI. */
type Call = <N extends keyof Steps>(
  name: N,
  summary: string,
  ask: Parameters<Steps[N]>[0],
  seconds?: number,
) => ReturnType<Steps[N]>;

const STANDING: Partial<Record<keyof Steps, typeof brief>> = { hold: holding, lock: waiting, watchGuards: waiting };

/** One line on every activity: what a person reads in the UI's timeline. */
export const step: Call = (name, summary, ask, seconds) => {
  const proxy =
    STANDING[name] ?? (TRIED_WITHOUT_END.has(name) ? healing : seconds === undefined ? brief : working(seconds));
  const activity = proxy[name] as unknown as { executeWithOptions(options: object, args: unknown[]): unknown };
  return activity.executeWithOptions({ summary: summary.slice(0, 200) }, [ask]) as ReturnType<Steps[typeof name]>;
};

/** For steps whose length the fleet's own constants decide. */
const working = (seconds: number) =>
  proxyActivities<Steps>({
    ...common,
    startToCloseTimeout: seconds * 1000,
    retry: { ...retry, maximumAttempts: MOST_ATTEMPTS },
  });

/** The longest time that pushing `count` messages may take, in seconds. */
export const pushSeconds = (admitted: Admitted, count: number): number => admitted.commandSeconds * count + 60;
