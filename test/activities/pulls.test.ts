import { strict as assert } from 'node:assert';
import { judgePulls } from '../../src/activities/bite/pulls.ts';

const pulls = { client: 'guardian', relays: ['relay-1'] };
const before = { 'relay-1': 'reached', pullMs: 100 };
const judged = (during: object) => judgePulls({ delayMs: 50 }, pulls, before, { pullMs: 100, ...during });

describe('netem that is measured by real pulls', () => {
  it('bites when they take a delay longer, or do not reach their relay any more', () => {
    assert.equal(judged({ 'relay-1': 'reached', pullMs: 150 }).bit, true);
    assert.equal(judged({ 'relay-1': 'unreachable' }).bit, true);
    assert.equal(judged({ 'relay-1': 'failed' }).bit, true);
  });

  it('does not bite when they are as quick as before', () => {
    assert.equal(judged({ 'relay-1': 'reached', pullMs: 149 }).bit, false);
  });

  for (const kind of ['refused', 'cut-short'])
    it(`is not said to bite when the client itself is in the way (${kind})`, () => {
      const { bit, how } = judged({ 'relay-1': kind });
      assert.deepEqual([bit, how], [false, 'a real pull from guardian told nothing of relay-1']);
    });
});
