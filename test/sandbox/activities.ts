import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import type { Call, StepName } from '../workflows/world.ts';
import { durationMs } from './sdk-sandbox.ts';
import type { Command, Job } from './sdk-sandbox.ts';
import type { Timeline } from './timeline.ts';

type Scheduled = NonNullable<Command['scheduleActivity']>;
type Result = NonNullable<NonNullable<Job['resolveActivity']>['result']>;

/** How an attempt ended, as its worker says. */
export type Ending =
  | { how: 'well'; value: unknown }
  | { how: 'badly'; type: string; message: string; isFinal: boolean }
  | { how: 'cancelled' };

/** One attempt of one activity, on a worker. */
export interface Attempt {
  activity: Activity;
  number: number;
  /** What the worker is told with its next heartbeat, once. */
  told: (why: 'cancel' | 'gone') => void;
}

export interface Activity {
  seq: number;
  name: StepName;
  queue: string;
  ask: Call['ask'];
  scheduled: Scheduled;
  attempts: number;
  current: Attempt | undefined;
  isCancelAsked: boolean;
}

interface Around {
  isUp(): boolean;
  /** Whether anybody polls. */
  hasWorker(): boolean;
  isRunning(): boolean;
  begin(attempt: Attempt): void;
  /** The server takes it for dead. */
  lost(attempt: Attempt): void;
  resolve(seq: number, result: Result): void;
}

/** Until a heartbeat has brought the word. */
const BEAT_MS = 900;
const TRY_CANCEL = 0;

/** The activities of a run as the server keeps them: attempts, retries by policy, cancels, timeouts. */
export class Activities {
  readonly #timeline: Timeline;
  readonly #around: Around;
  readonly #open = new Map<number, Activity>();
  /** What could not be said or begun while the server was down. */
  #held: (() => void)[] = [];

  constructor(timeline: Timeline, around: Around) {
    this.#timeline = timeline;
    this.#around = around;
  }

  schedule(scheduled: Scheduled): void {
    const [payload] = scheduled.arguments ?? [];
    const activity: Activity = {
      ...{ seq: Number(scheduled.seq), name: scheduled.activityType as StepName, queue: scheduled.taskQueue ?? '' },
      ask: defaultPayloadConverter.fromPayload(payload as Payload),
      ...{ scheduled, attempts: 0, current: undefined, isCancelAsked: false },
    };
    this.#open.set(activity.seq, activity);
    this.#begin(activity, 5);
  }

  /** @returns its name, while it is open. */
  cancel(seq: number): StepName | undefined {
    const activity = this.#open.get(seq);
    if (!activity || activity.isCancelAsked) return undefined;
    activity.isCancelAsked = true;
    const { current, scheduled, name } = activity;
    if (current) this.#timeline.in(BEAT_MS, () => void (activity.current === current && current.told('cancel')));
    if (!current || (scheduled.cancellationType ?? TRY_CANCEL) === TRY_CANCEL) this.#close(activity, cancelled());
    return name;
  }

  /** The run is gone: whoever is at work hears of it. */
  abandonAll(): void {
    for (const { current } of this.#open.values()) if (current) this.#timeline.in(BEAT_MS, () => current.told('gone'));
    this.#open.clear();
  }

  /** What a worker says of an attempt; nobody listens where that was given up. */
  report(attempt: Attempt, ending: Ending): void {
    this.#whenUp(() => {
      const { activity } = attempt;
      if (activity.current !== attempt || !this.#open.has(activity.seq)) return;
      activity.current = undefined;
      if (ending.how === 'well') {
        const result = ending.value === undefined ? null : defaultPayloadConverter.toPayload(ending.value);
        this.#close(activity, { completed: { result } });
      } else if (ending.how === 'cancelled') this.#close(activity, cancelled());
      else this.#failed(activity, ending.type, ending.message, ending.isFinal);
    });
  }

  /** Nothing is heard of this attempt any more, until it is taken for dead; a worker that lives is told so. */
  fallenSilent(attempt: Attempt): void {
    const { heartbeatTimeout, startToCloseTimeout } = attempt.activity.scheduled;
    this.#timeline.in(durationMs(heartbeatTimeout) || durationMs(startToCloseTimeout), () =>
      this.#whenUp(() => {
        const { activity } = attempt;
        if (activity.current !== attempt || !this.#open.has(activity.seq)) return;
        activity.current = undefined;
        this.#around.lost(attempt);
        this.#timeline.in(BEAT_MS, () => attempt.told('gone'));
        this.#failed(activity, 'TIMEOUT', 'activity Heartbeat timeout', false);
      }),
    );
  }

  resume(): void {
    for (const act of this.#held.splice(0)) act();
  }

  get atWork(): Attempt[] {
    return [...this.#open.values()].flatMap(({ current }) => current ?? []);
  }

  #begin(activity: Activity, ms: number): void {
    const begin = (): void => {
      if (!this.#open.has(activity.seq)) return;
      if (!this.#around.isUp() || !this.#around.hasWorker()) return void this.#held.push(begin);
      activity.attempts += 1;
      activity.current = { activity, number: activity.attempts, told: () => undefined };
      this.#around.begin(activity.current);
    };
    this.#timeline.in(ms, begin);
  }

  #failed(activity: Activity, type: string, message: string, isFinal: boolean): void {
    const { retryPolicy } = activity.scheduled;
    const most = retryPolicy?.maximumAttempts ?? 0;
    const isNever = retryPolicy?.nonRetryableErrorTypes?.includes(type) === true;
    if (isFinal || isNever || activity.isCancelAsked || (most > 0 && activity.attempts >= most)) {
      const cause =
        type === 'TIMEOUT'
          ? { message, timeoutFailureInfo: { timeoutType: 4 } }
          : { message, applicationFailureInfo: { type, nonRetryable: isFinal } };
      return this.#close(activity, { failed: { failure: failureOf(activity, cause) } });
    }
    const first = durationMs(retryPolicy?.initialInterval) || 1_000;
    const longest = durationMs(retryPolicy?.maximumInterval) || 100 * first;
    this.#begin(activity, Math.min(longest, first * 2 ** (activity.attempts - 1)));
  }

  #close({ seq }: Activity, result: Result): void {
    if (this.#open.delete(seq) && this.#around.isRunning()) this.#around.resolve(seq, result);
  }

  #whenUp(act: () => void): void {
    if (this.#around.isUp()) act();
    else this.#held.push(act);
  }
}

const cancelled = (): Result => ({ cancelled: { failure: { message: 'cancelled', canceledFailureInfo: {} } } });

/** As core tells it: that an activity failed, and below it why. */
const failureOf = ({ name, seq, attempts }: Activity, cause: object) => ({
  message: 'Activity task failed',
  activityFailureInfo: { activityType: { name }, activityId: `${seq}`, identity: `attempt ${attempts}` },
  cause,
});
