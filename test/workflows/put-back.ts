import { strict as assert } from 'node:assert';
import type { Ended } from './run.ts';

/** What the frame owes to machines, however a run ended. */
export function assertPutBack({ world }: Ended): void {
  assert.deepEqual(world.breaches, []);
  assert.deepEqual([...world.standing.values()], []);
  assert.equal(world.isLocked, false);
  const begun = world.calls.filter(({ ended }) => ended === null);
  assert.deepEqual(begun, [], 'nothing is at work any more');
}
