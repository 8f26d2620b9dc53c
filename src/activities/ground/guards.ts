import { describeHours, hoursProblem } from '../../fleet/guard-rules.ts';
import type { Fleet } from '../../fleet/schema.ts';
import type { Deps } from '../deps.ts';
import { observeGuard } from '../guard-look.ts';
import { ok, warn, type Observation } from './observation.ts';

/** The guards of the fleet file, each in a line; those that can be looked at, as they are now. */
export async function guards(deps: Pick<Deps, 'fleet' | 'hosts'>, now = new Date()): Promise<Observation[]> {
  const rails = deps.fleet.guards;
  if (!rails) return [ok('the fleet file has none: everything in it may be broken at any time')];
  const watches = await Promise.all(rails.abortWhen.map((watch) => observeGuard(deps, watch)));
  return [...said(deps.fleet).map(ok), ...hoursNow(deps.fleet, now), ...watches];
}

/** What holds for every fault, for people. */
function said({ guards: rails }: Fleet): string[] {
  if (!rails) return [];
  const { never, longestFaultSeconds, mostFaults } = rails;
  const interfaces = Object.entries(never.interfaces).map(
    ([machine, devices]) => `${devices.join(', ')} of ${machine}`,
  );
  const all = [...never.targets, ...interfaces];
  return [
    ...(all.length === 0 ? [] : [`never broken: ${all.join(', ')}`]),
    ...(longestFaultSeconds === undefined ? [] : [`no fault stands longer than ${longestFaultSeconds} s`]),
    ...(mostFaults === undefined ? [] : [`at most ${mostFaults} at a time`]),
  ];
}

function hoursNow(fleet: Fleet, now: Date): Observation[] {
  const hours = fleet.guards?.hours;
  if (!hours) return [];
  const problem = hoursProblem(fleet, now);
  return [problem === undefined ? ok(describeHours(hours)) : warn(problem, 'wait, or change `guards.hours`')];
}
