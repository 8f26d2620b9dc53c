import { refuseByGuards } from '../activities/door.ts';
import { namesIn } from '../contract/scenario.ts';
import type { Fleet } from '../fleet/schema.ts';
import type { Scenario } from '../workflows/scenario.ts';
import { badInput } from './errors.ts';

/** The guards of the fleet file, before anything is started or touched. @throws CliError with exit code 2 */
export function heedGuards(fleet: Fleet, targets: string[], chosenSeconds?: number): void {
  try {
    refuseByGuards(fleet, targets, chosenSeconds);
  } catch (error) {
    throw badInput((error as Error).message, { cause: error });
  }
}

/** The same for what a scenario breaks. */
export const heedGuardsOf = (
  fleet: Fleet,
  { definition }: Pick<Scenario, 'definition'>,
  options: Record<string, unknown>,
  chosenSeconds?: number,
): void => heedGuards(fleet, namesIn(definition.breaks, options), chosenSeconds);
