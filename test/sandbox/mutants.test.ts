import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundled } from './bundles.ts';
import { mutants } from './mutants.ts';
import { inProcess } from './search.ts';

/** Within so many cases a mistake has to be found; with the seed of the search, so that nothing depends on luck. */
const CASES = 2_000;
const SEED = 20_260_208;

describe('the search in the sandbox', function () {
  this.timeout(600_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'mutants-'));
  });

  after(() => rmSync(folder, { recursive: true }));

  for (const [mistake, mutations] of Object.entries(mutants)) {
    it(`finds a frame that ${mistake}`, async () => {
      const bundle = path.join(folder, 'bundle.js');
      writeFileSync(bundle, await bundled(mutations));
      const { counterexample } = await inProcess({ bundle, seed: SEED, runs: CASES, isShrinking: false });
      assert.ok(counterexample, `nothing was found in ${CASES} cases`);
      assert.doesNotMatch(
        counterexample.problem,
        /TypeError|ReferenceError|SyntaxError/,
        'it is found by what it does',
      );
      if (process.env['SANDBOX_TELL']) console.error(`${mistake}: ${counterexample.problem}`, counterexample.path);
    });
  }

  it('refuses a mutation that changes nothing, or more than it means to', async () => {
    const file = 'workflows/faults.ts';
    await assert.rejects(bundled([{ file, replace: 'no such text', by: '' }]), /is 0 times in workflows\/faults\.ts/);
    await assert.rejects(bundled([{ file, replace: 'this', by: '' }]), /is \d+ times/);
  });
});
