import { hoursProblem, longestProblem, neverProblem } from '../fleet/guard-rules.ts';
import type { Fleet } from '../fleet/schema.ts';
import type { RunRef } from '../contract/run.ts';
import { failure } from './failures.ts';

/**
 * Workers of several fleets may poll one server, and their machines go by the same names: nothing of a run is done on another fleet.
 * Tried again, as the right worker may take it then. @throws CommandFailed
 */
export function refuseOtherFleet({ name }: Pick<Fleet, 'name'>, run: Pick<RunRef, 'fleet'> | undefined): void {
  if (run?.fleet === undefined || run.fleet === name) return;
  const wanted = `start a worker with the fleet file of \`${run.fleet}\``;
  throw failure(
    'CommandFailed',
    `This worker serves the fleet \`${name}\`, and the run is of \`${run.fleet}\`: ${wanted}.`,
  );
}

/** What the guards of the fleet say before a machine is asked. `chosenSeconds`: only where somebody chose how long. @throws BadInput, GroundFailed */
export function refuseByGuards(fleet: Fleet, targets: string[], chosenSeconds?: number, now = new Date()): void {
  const never = targets.flatMap((target) => neverProblem(fleet, { target }) ?? [])[0];
  const problem = never ?? (chosenSeconds === undefined ? undefined : longestProblem(fleet, chosenSeconds));
  if (problem !== undefined) throw failure('BadInput', `${problem}. Nothing was touched.`);
  const closed = hoursProblem(fleet, now);
  if (closed !== undefined) throw failure('GroundFailed', `${closed}. Nothing was touched.`);
}

/** No lease that nobody chose is longer than a fault may stand. */
export const boundedLease = ({ guards }: Fleet, seconds: number): number =>
  Math.min(seconds, guards?.longestFaultSeconds ?? seconds);
