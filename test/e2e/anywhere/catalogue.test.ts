import { scenarios } from '../../../src/workflows/scenarios/index.ts';
import { onTheLab } from '../fixture.ts';
import type { TestLab } from '../test-lab.ts';
import { needsNetem, passesAll } from './passes-all.ts';

describe('scenarios that need no netem', function () {
  this.timeout(300_000);
  let here: TestLab;
  onTheLab((lab) => (here = lab));

  passesAll(
    () => here,
    Object.keys(scenarios).filter((name) => !needsNetem.has(name)),
  );
});
