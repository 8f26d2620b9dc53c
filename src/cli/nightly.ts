import { ScheduleOverlapPolicy, type Client, type ScheduleDescription, type ScheduleSpec } from '@temporalio/client';
import { readKnownDefects } from '../activities/known-defects.ts';
import { chosen, parseMany } from '../activities/suite-plan.ts';
import type { Config } from '../config.ts';
import { TASK_QUEUE } from '../contract/names.ts';
import { SUITE_WORKFLOW, type SuiteInput } from '../contract/suite.ts';
import { sweepIdOf } from '../contract/sweep.ts';
import type { Nightly } from '../fleet/nightly.ts';
import { KeptSchedule, type Applied, type Wanted } from '../temporal/kept-schedule.ts';
import { keepSweeping } from '../temporal/sweeps.ts';
import { scenarios } from '../workflows/scenarios/index.ts';
import { badInput } from './errors.ts';

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

/** Those of a fleet: its nights, and the sweep that every worker keeps. */
export type Which = 'nightly' | 'sweep';

export class Schedules {
  readonly #config: Config;
  readonly #client: Client;

  constructor(client: Client, config: Config) {
    this.#config = config;
    this.#client = client;
  }

  /** @throws CliError where the fleet file has no nights, or such that a suite would refuse */
  async apply(which: Which): Promise<Applied> {
    if (which === 'sweep') return keepSweeping(this.#client, this.#config.fleet.name);
    const wanted = scheduleOf(this.#config);
    return this.#kept('nightly')
      .apply(wanted)
      .catch((error: unknown) => {
        // So the SDK says that the server refuses the times.
        if (!(error instanceof TypeError)) throw error;
        throw badInput(`Temporal does not take the times of \`nightly:\`: ${error.message}`, { cause: error });
      });
  }

  async list(): Promise<Night[]> {
    const there = await Promise.all([this.#kept('nightly').describe(), this.#kept('sweep').describe()]);
    return there.flatMap((one) => (one ? [nightOf(one)] : []));
  }

  /** @returns its id @throws CliError where there is none */
  async change(which: Which, how: 'trigger' | 'pause' | 'resume' | 'delete'): Promise<string> {
    const kept = this.#kept(which);
    const id = kept.handle.scheduleId;
    if (!(await kept.describe()))
      throw badInput(`there is no schedule \`${id}\`; \`0k-chaos schedule apply\` makes it`);
    await kept[how]();
    return id;
  }

  #kept(which: Which): KeptSchedule {
    const { name } = this.#config.fleet;
    return new KeptSchedule(this.#client, which === 'nightly' ? scheduleId(name) : sweepIdOf(name));
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
      ...{ memo: { madeOf: nightly }, staticSummary: `nightly suite of the fleet ${fleet.name}` },
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: nightly.catchUpMinutes * 60_000 },
  } satisfies Wanted;
}

function suiteInputOf(nightly: Nightly, fleet: string): SuiteInput {
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

const nightOf = ({ scheduleId: id, state, info }: ScheduleDescription): Night => ({
  id,
  paused: state.paused,
  next: info.nextActionTimes.slice(0, 3).map((time) => time.toISOString()),
  last: info.recentActions.at(-1)?.takenAt.toISOString() ?? null,
  missed: info.numActionsMissedCatchupWindow,
  skipped: info.numActionsSkippedOverlap,
});
