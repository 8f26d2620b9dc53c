import { strict as assert } from 'node:assert';
import { addLook } from '../../src/activities/deliveries.ts';
import type { MessageSpec } from '../../src/contract/message-spec.ts';
import type { Delivery } from '../../src/contract/run.ts';

const spec = (id: string): MessageSpec => ({ id, shape: 'line', bytes: 48, seed: 1 });
const messages = [spec('m-1'), spec('m-2')];

/** Looks one second apart; each shows these messages at these cursors. */
function after(...looks: Record<string, number>[]): Delivery[] {
  const seen = new Map<string, Delivery>();
  for (const [n, look] of looks.entries()) {
    const found = new Map(Object.entries(look).map(([id, cursor]) => [id, { copies: 1, cursor, place: cursor - 2 }]));
    addLook(seen, found, { messages, to: 'guardian', seconds: n });
  }
  return [...seen.values()];
}

describe('what a client was seen to have', () => {
  it('has come when it was seen first, and stands where it was seen last', () => {
    const seen = after({ 'm-1': 7 }, { 'm-1': 7, 'm-2': 8 });
    assert.deepEqual(
      seen.map(({ message, seconds, cursor, place }) => [message, seconds, cursor, place]),
      [
        ['m-1', 0, 7, 5],
        ['m-2', 1, 8, 6],
      ],
    );
  });

  it('has no place in the order of a relay that does not show it: another one had answered before', () => {
    const seen = after({ 'm-1': 7 }, { 'm-2': 3 });
    assert.deepEqual(
      seen.map(({ message, seconds, cursor, place, copies }) => [message, seconds, cursor, place, copies]),
      [
        ['m-1', 0, null, null, 1],
        ['m-2', 1, 3, 1, 1],
      ],
    );
  });
});
