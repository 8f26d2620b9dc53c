import { strict as assert } from 'node:assert';
import { needsNetem, passesAll } from './anywhere/passes-all.ts';
import { onTheLab } from './fixture.ts';
import type { TestLab } from './test-lab.ts';
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
});
