import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
  type ScheduleOptions,
} from '@temporalio/client';

export interface Applied {
  id: string;
  state: 'created' | 'updated' | 'unchanged';
}

type Action = Extract<ScheduleOptions['action'], { type: 'startWorkflow' }>;

/** A schedule that is to be as we say, and stays paused where a person paused it. */
export interface Wanted extends ScheduleOptions {
  /** What it was made of, to be compared: the server turns specs into something else. */
  action: Action & { memo: { madeOf: unknown } };
}

/** One schedule by its id, made and changed by whoever comes first. */
export class KeptSchedule {
  readonly #client: Client;
  readonly handle: ScheduleHandle;

  constructor(client: Client, id: string) {
    this.#client = client;
    this.handle = client.schedule.getHandle(id);
  }

  async apply(wanted: Wanted): Promise<Applied> {
    const id = wanted.scheduleId;
    const there = await this.describe();
    if (!there) return { id, state: (await this.#create(wanted)) ? 'created' : 'unchanged' };
    if (isAsWanted(there, wanted)) return { id, state: 'unchanged' };
    await this.handle.update(({ state }) => ({ ...wanted, policies: wanted.policies ?? {}, state }));
    return { id, state: 'updated' };
  }

  async describe(): Promise<ScheduleDescription | undefined> {
    try {
      return await this.handle.describe();
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return undefined;
      throw error;
    }
  }

  trigger = (): Promise<void> => this.handle.trigger(ScheduleOverlapPolicy.SKIP);
  pause = (): Promise<void> => this.handle.pause('paused by 0k-chaos');
  resume = (): Promise<void> => this.handle.unpause('resumed by 0k-chaos');
  delete = (): Promise<void> => this.handle.delete();

  /** False: somebody else was quicker, who wants the same. */
  async #create(wanted: Wanted): Promise<boolean> {
    try {
      await this.#client.schedule.create(wanted);
      return true;
    } catch (error) {
      if (error instanceof ScheduleAlreadyRunning) return false;
      throw error;
    }
  }
}

function isAsWanted({ action, policies }: ScheduleDescription, wanted: Wanted): boolean {
  if (action.type !== 'startWorkflow') return false;
  const facets = (one: Pick<Action, 'workflowType' | 'taskQueue' | 'args' | 'memo'>) =>
    canonical([one.workflowType, one.taskQueue, one.args, one.memo?.['madeOf']]);
  return (
    facets(action as Action) === facets(wanted.action) &&
    policies.overlap === wanted.policies?.overlap &&
    policies.catchupWindow === wanted.policies?.catchupWindow
  );
}

/** Equal for what is equal but for the order of keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => a.localeCompare(b)))
      : part,
  );
