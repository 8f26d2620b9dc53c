import { hoursProblem, longestProblem, neverProblem } from '../fleet/guard-rules.ts';
import type { Fleet } from '../fleet/schema.ts';
import { failure } from './failures.ts';

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
