import { strict as assert } from 'node:assert';
import { needsNetem, passesAll } from './anywhere/passes-all.ts';
import { onTheLab } from './fixture.ts';
import type { TestLab } from './test-lab.ts';
import { breakLab, mendLab } from '../../lab/lab.ts';
import { AS_0_1_0 } from '../../lab/standins/bugs.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';

describe('scenarios on the lab', function () {
  this.timeout(300_000);
  let here: TestLab;
  onTheLab((lab) => (here = lab));
  afterEach(async () => assert.deepEqual(await here.residue(), []));

  passesAll(
    () => here,
    Object.keys(scenarios).filter((name) => needsNetem.has(name)),
  );

  /* One of them shows only where machines have memories of different size. */
  it('the real defects of 0.1.0 are all found and named where they can be seen, beside a claim that holds', async () => {
    await breakLab({ name: AS_0_1_0, at: null }, { name: here.lab.name });
    try {
      const { result } = await here.run('cm_02_bidirectional_sync', { messages: 1, payload: 'lines' });
      const found = (result?.findings ?? []).map(({ id }) => id);
      for (const id of ['groups-differ', 'plain-pull-misses', 'failover-cursor', 'empty-log']) {
        assert.ok(found.includes(id), `${id} is not among ${found.join(', ')}`);
      }
      assert.deepEqual([result?.verdict, result?.failures], ['inconclusive', []]);
    } finally {
      await mendLab(null, { name: here.lab.name });
    }
  });
});
