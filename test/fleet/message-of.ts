import { strict as assert } from 'node:assert';
import { FleetError } from '../../src/fleet/load.ts';

/** Why a fleet file was refused. */
export function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert(error instanceof FleetError, `not a FleetError: ${String(error)}`);
    return error.message;
  }
  return assert.fail('the fleet was accepted');
}
