import { defaultPayloadConverter } from '@temporalio/common';
import type { Payload } from '@temporalio/common';
import { Activities } from './activities.ts';
import type { Attempt } from './activities.ts';
import { durationMs } from './sdk-sandbox.ts';
import type { Command, Failure, Identity, Instance, Job, Sandbox } from './sdk-sandbox.ts';
import type { Timeline } from './timeline.ts';
import { isDeepStrictEqual } from 'node:util';

export type Status = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELED' | 'TERMINATED';

interface Task {
  jobs: Job[];
  at: number;
  commands: Command[];
}

/** What goes on beside the run, told of each step that it takes. */
export interface Watcher {
  /** A workflow task is done; `lost`: the worker dies before it says so. */
  afterTask(nth: number): 'lost' | 'told';
  onPhase(phase: string): void;
  onCancelAsked(activity: string): void;
  begin(attempt: Attempt): void;
  lost(attempt: Attempt): void;
}

/** What Temporal does for one run, as far as the run can tell: tasks, activities, timers, and the worker's sandbox. */
export class Server {
  status: Status = 'RUNNING';
  failure: Failure | undefined;
  result: unknown;
  closedAt = Infinity;
  tasks = 0;
  readonly activities: Activities;
  readonly #sandbox: Sandbox;
  readonly #timeline: Timeline;
  readonly #identity: Identity;
  readonly #watcher: Watcher;
  readonly #history: Task[] = [];
  readonly #timers = new Map<number, () => void>();
  #jobs: Job[] = [];
  #instance: Instance | undefined;
  #isTaskDue = false;
  #downs = 0;
  #workerDowns = 0;

  constructor(sandbox: Sandbox, timeline: Timeline, identity: Identity, watcher: Watcher) {
    this.#sandbox = sandbox;
    this.#timeline = timeline;
    this.#identity = identity;
    this.#watcher = watcher;
    this.activities = new Activities(timeline, {
      isUp: () => this.#downs === 0,
      hasWorker: () => this.#workerDowns === 0,
      isRunning: () => this.status === 'RUNNING',
      begin: (attempt) => watcher.begin(attempt),
      lost: (attempt) => watcher.lost(attempt),
      resolve: (seq, result) => this.#wake({ resolveActivity: { seq, result } }),
    });
  }

  start(input: unknown): void {
    const { workflowType, workflowId } = this.#identity;
    const args = input === undefined ? [] : [defaultPayloadConverter.toPayload(input)];
    this.#wake({ initializeWorkflow: { workflowType, workflowId, arguments: args } });
  }

  cancel(): void {
    if (this.status === 'RUNNING') this.#wake({ cancelWorkflow: { reason: 'asked' } });
  }

  terminate(): void {
    if (this.status !== 'RUNNING') return;
    this.#close('TERMINATED');
    this.activities.abandonAll();
  }

  /** Neither tasks nor activities begin or end meanwhile. */
  downFor(ms: number): void {
    this.#downs += 1;
    this.#timeline.in(ms, () => {
      this.#downs -= 1;
      if (this.#downs > 0) return;
      this.activities.resume();
      this.#wake();
    });
  }

  /** The worker is gone, with all that it knew of the run, and comes back. */
  async workerDownFor(ms: number): Promise<void> {
    this.#workerDowns += 1;
    this.#timeline.in(ms, () => {
      this.#workerDowns -= 1;
      this.activities.resume();
      this.#wake();
    });
    await this.forget();
  }

  /** The next task begins with a replay. */
  async forget(): Promise<void> {
    await this.#instance?.forget();
    this.#instance = undefined;
  }

  #wake(job?: Job): void {
    if (this.status !== 'RUNNING') return;
    if (job) this.#jobs.push(job);
    if (this.#isTaskDue || this.#downs + this.#workerDowns > 0 || this.#jobs.length === 0) return;
    this.#isTaskDue = true;
    this.#timeline.in(5, () => this.#task());
  }

  async #task(): Promise<void> {
    this.#isTaskDue = false;
    if (this.status !== 'RUNNING' || this.#downs + this.#workerDowns > 0) return;
    const jobs = this.#jobs.splice(0);
    const at = this.#timeline.now;
    const instance = (this.#instance ??= await this.#replayed());
    const commands = await instance.activate(jobs, at, false);
    this.tasks += 1;
    if (this.#watcher.afterTask(this.tasks) === 'lost') {
      await this.forget();
      this.#jobs = [...jobs, ...this.#jobs];
      this.#wake();
      return;
    }
    this.#history.push({ jobs, at, commands });
    for (const command of commands) this.#obey(command);
    if (this.status !== 'RUNNING') await this.forget();
    this.#wake();
  }

  /** @throws where the run goes another way than it went. */
  async #replayed(): Promise<Instance> {
    const instance = await this.#sandbox.begin(this.#identity, this.#history[0]?.at ?? this.#timeline.now);
    for (const { jobs, at, commands } of this.#history) {
      const again = await instance.activate(jobs, at, true);
      if (!isDeepStrictEqual(again, commands))
        throw new Error(`another way on replay: ${told(again)}, not ${told(commands)}`);
    }
    return instance;
  }

  #obey(command: Command): void {
    const { scheduleActivity, requestCancelActivity, startTimer, cancelTimer } = command;
    if (scheduleActivity) this.activities.schedule(scheduleActivity);
    else if (requestCancelActivity) {
      const name = this.activities.cancel(Number(requestCancelActivity.seq));
      if (name !== undefined) this.#watcher.onCancelAsked(name);
    } else if (startTimer) {
      const seq = Number(startTimer.seq);
      const fire = (): void => this.#wake({ fireTimer: { seq } });
      this.#timers.set(seq, this.#timeline.in(durationMs(startTimer.startToFireTimeout), fire));
    } else if (cancelTimer) this.#timers.get(Number(cancelTimer.seq))?.();
    else this.#obeyOther(command);
  }

  #obeyOther(command: Command): void {
    const { upsertWorkflowSearchAttributes, completeWorkflowExecution, failWorkflowExecution } = command;
    if (upsertWorkflowSearchAttributes) {
      const phase = upsertWorkflowSearchAttributes.searchAttributes?.indexedFields?.['ChaosPhase'];
      if (phase) this.#watcher.onPhase(decoded(phase) as string);
    } else if (completeWorkflowExecution) {
      this.result = completeWorkflowExecution.result ? decoded(completeWorkflowExecution.result) : undefined;
      this.#close('COMPLETED');
    } else if (failWorkflowExecution) {
      this.failure = failWorkflowExecution.failure ?? undefined;
      this.#close('FAILED');
    } else if (command.cancelWorkflowExecution) this.#close('CANCELED');
    else throw new Error(`no simulated server knows ${told([command])}`);
  }

  #close(status: Status): void {
    this.status = status;
    this.closedAt = this.#timeline.now;
  }
}

export const decoded = (payload: Parameters<typeof defaultPayloadConverter.fromPayload>[0]): unknown =>
  defaultPayloadConverter.fromPayload(payload as Payload);

const told = (commands: Command[]): string =>
  commands.map((command) => command.scheduleActivity?.activityType ?? Object.keys(command)[0]).join(', ') || 'nothing';
