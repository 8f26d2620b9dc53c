import { describeBrake, parseBrake, RELEASE } from '../../contract/brake.ts';
import type { MachineFacts } from '../../hosts/lease.ts';
import { brakeOn } from '../brake.ts';
import type { Deps } from '../deps.ts';
import { fail, ok, type Observation } from './observation.ts';

/** The brake of the fleet, as it stands here: every door asks it. */
export function brakeHere(deps: Pick<Deps, 'fleet' | 'stateDir'>): Observation {
  const brake = brakeOn(deps);
  return brake ? fail(describeBrake(brake), `\`${RELEASE}\``) : ok('off: faults may be injected');
}

/** A machine that keeps its own, whatever stands here: it was not reached when the brake was taken off. */
export const braked = ({ brake }: MachineFacts): Observation[] =>
  brake === undefined ? [] : [fail(describeBrake(parseBrake(brake)), `\`${RELEASE}\``)];
