import { scenarios } from '../../../src/workflows/scenarios/index.ts';
import { theLab } from '../fixture.ts';
import type { TestLab } from '../test-lab.ts';
import { needsNetem, passesAll } from './passes-all.ts';

describe('scenarios that need no netem', function () {
  this.timeout(300_000);
  let here: TestLab;
  before(async function () {
    this.timeout(900_000);
    here = await theLab();
  });
  afterEach(() => here.untilClean(60));

  passesAll(
    () => here,
    Object.keys(scenarios).filter((name) => !needsNetem.has(name)),
  );
});
