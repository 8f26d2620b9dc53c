import {
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
  type ScheduleOptions,
  type ScheduleSpec,
} from '@temporalio/client';
import { readKnownDefects } from '../activities/known-defects.ts';
import { chosen, parseMany } from '../activities/suite-plan.ts';
import type { Config } from '../config.ts';
import { TASK_QUEUE } from '../contract/names.ts';
import { SUITE_WORKFLOW, type SuiteInput } from '../contract/suite.ts';
import type { Nightly } from '../fleet/nightly.ts';
import { scenarios } from '../workflows/scenarios/index.ts';
import { badInput } from './errors.ts';

export interface Applied {
  id: string;
  state: 'created' | 'updated' | 'unchanged';
}

/** A schedule as people see it. Times are ISO 8601. */
export interface Night {
  id: string;
  paused: boolean;
  next: string[];
  last: string | null;
  /** Nights whose time passed while the server was off. */
  missed: number;
  /** Nights that were left out, as the one before was still under way. */
  skipped: number;
}

/** Where what was applied is kept: the server turns cron lines into something else, which could not be compared. */
const MEMO = 'nightly';

/** The one schedule of a fleet. */
export class Nights {
  readonly #config: Config;
  readonly #client: Client;
  readonly #handle: ScheduleHandle;

  constructor(client: Client, config: Config) {
    this.#config = config;
    this.#client = client;
    this.#handle = client.schedule.getHandle(scheduleId(config.fleet.name));
  }

  /** @throws CliError where the fleet file has no section, or one that a suite would refuse */
  async apply(): Promise<Applied> {
    const wanted = scheduleOf(this.#config);
    const id = wanted.scheduleId;
    const there = await this.#describe();
    if (!there) {
      await this.#client.schedule.create(wanted);
      return { id, state: 'created' };
    }
    if (isAsWanted(there, wanted)) return { id, state: 'unchanged' };
    // What a person paused stays paused.
    await this.#handle.update(({ state }) => ({ ...wanted, policies: wanted.policies ?? {}, state }));
    return { id, state: 'updated' };
  }

  async list(): Promise<Night[]> {
    const there = await this.#describe();
    return there ? [nightOf(there)] : [];
  }

  run = (): Promise<string> => this.#asked(() => this.#handle.trigger(ScheduleOverlapPolicy.SKIP));
  pause = (): Promise<string> => this.#asked(() => this.#handle.pause('paused by 0k-chaos'));
  resume = (): Promise<string> => this.#asked(() => this.#handle.unpause('resumed by 0k-chaos'));
  delete = (): Promise<string> => this.#asked(() => this.#handle.delete());

  async #asked(act: () => Promise<void>): Promise<string> {
    if (!(await this.#describe())) {
      throw badInput(`there is no schedule \`${this.#handle.scheduleId}\`; \`0k-chaos schedule apply\` makes it`);
    }
    await act();
    return this.#handle.scheduleId;
  }

  async #describe(): Promise<ScheduleDescription | undefined> {
    try {
      return await this.#handle.describe();
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return undefined;
      throw error;
    }
  }
}

export const scheduleId = (fleet: string): string => `nightly-${fleet}`;

/** What the schedule of a fleet file is to be. @throws CliError */
export function scheduleOf({ fleet, fleetFile }: Config) {
  const { nightly } = fleet;
  if (!nightly)
    throw badInput(`\`${fleetFile}\` has no \`nightly:\` section; \`at: "02:30"\` and \`timezone: UTC\` are enough`);
  const input = suiteInputOf(nightly, fleet.name);
  const { error } = parseMany('suite', input);
  if (error !== undefined) throw badInput(`\`nightly:\` is not valid:\n${error}`);
  readKnownDefects({ fleet, fleetFile });
  chosen(nightly.scenarios, Object.keys(scenarios));
  const id = scheduleId(fleet.name);
  return {
    scheduleId: id,
    spec: specOf(nightly),
    action: {
      ...{ type: 'startWorkflow', workflowType: SUITE_WORKFLOW, workflowId: id, taskQueue: TASK_QUEUE, args: [input] },
      ...{ memo: { [MEMO]: nightly }, staticSummary: `nightly suite of the fleet ${fleet.name}` },
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: nightly.catchUpMinutes * 60_000 },
  } satisfies ScheduleOptions;
}

export function suiteInputOf(nightly: Nightly, fleet: string): SuiteInput {
  const { scenarios: names, iterations, parallel, seed, leaseSeconds, options } = nightly;
  return {
    ...{ fleet, scenarios: names, iterations, parallel, options },
    ...(seed === undefined ? {} : { seed }),
    ...(leaseSeconds === undefined ? {} : { leaseSeconds }),
  };
}

const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function specOf({ at, cron, every, timezone }: Nightly): ScheduleSpec {
  if (every !== undefined)
    return { timezone, intervals: [{ every: Number(every.slice(0, -1)) * (UNIT_MS[every.slice(-1)] ?? 0) }] };
  if (cron !== undefined) return { timezone, cronExpressions: [cron] };
  const [hour, minute] = (at ?? '').split(':').map(Number);
  return { timezone, calendars: [{ hour: hour ?? 0, minute: minute ?? 0 }] };
}

function isAsWanted({ action, policies }: ScheduleDescription, wanted: ReturnType<typeof scheduleOf>): boolean {
  if (action.type !== 'startWorkflow') return false;
  const facets = (one: { workflowType: unknown; taskQueue?: string; args?: unknown; memo?: Record<string, unknown> }) =>
    canonical([one.workflowType, one.taskQueue, one.args, one.memo?.[MEMO]]);
  return (
    facets(action) === facets(wanted.action) &&
    policies.overlap === wanted.policies.overlap &&
    policies.catchupWindow === wanted.policies.catchupWindow
  );
}

/** Equal for what is equal but for the order of keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => a.localeCompare(b)))
      : part,
  );

const nightOf = ({ scheduleId: id, state, info }: ScheduleDescription): Night => ({
  id,
  paused: state.paused,
  next: info.nextActionTimes.slice(0, 3).map((time) => time.toISOString()),
  last: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
  missed: info.numActionsMissedCatchupWindow,
  skipped: info.numActionsSkippedOverlap,
});
