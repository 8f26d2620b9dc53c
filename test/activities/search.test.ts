import { strict as assert } from 'node:assert';
import { leaksIn } from '../../src/activities/invariants/search.ts';

const MIB = 1024 * 1024;
const SECRET = 'nobody may read this sentence';

describe('a search through a lot', () => {
  const needles = [SECRET, 'nor that one'].map((text, n) => ({ label: `m-${n}`, text }));

  it('finds what stands where two slices meet, once, and says where in the whole', async () => {
    for (const at of [8 * MIB - 10, 8 * MIB - 64 * 1024]) {
      const hay = Buffer.alloc(9 * MIB);
      hay.write(SECRET, at);
      assert.deepEqual(await leaksIn(hay, needles), [{ label: 'm-0', encoding: 'plain', offset: at }]);
    }
  });

  it('lets others have their turns meanwhile', async () => {
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 1);
    await leaksIn(Buffer.alloc(30 * MIB), needles);
    clearInterval(counting);
    assert.ok(turns >= 3, `${turns}`);
  });
});
