import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { theLab } from './fixture.ts';
import type { TestLab } from './test-lab.ts';
import { parseJournal } from '../../src/report/journal.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';
import { setSecondPath } from '../../lab/lab.ts';

describe('scenarios on the lab', function () {
  this.timeout(300_000);
  let here: TestLab;
  before(async function () {
    this.timeout(900_000);
    here = await theLab();
  });
  afterEach(async () => assert.deepEqual(await here.residue(), []));

  for (const name of Object.keys(scenarios)) {
    it(`${name} passes, with every fault measured and healed by the frame`, async () => {
      const { status, result, message } = await here.run(name);
      assert.equal(status, 'completed', message);
      assert.equal(result?.verdict, 'passed');
      assert.ok(result.faults.length > 0);
      for (const fault of result.faults) {
        assert.equal(fault.bite?.bit, true, fault.bite?.how);
        assert.equal(fault.healedBy, 'frame');
      }
      const journal = parseJournal(await readFile(result.journal, 'utf8'));
      assert.ok('journal' in journal, JSON.stringify(journal));
      assert.ok(journal.journal.events.some(({ kind }) => kind === 'heal'));
    });
  }

  it('a cut of one pair of machines is inconclusive, and names the way round, while there is a second path', async () => {
    await setSecondPath(true, { name: here.lab.name });
    try {
      const { kind, result } = await here.run('edge_03_guardian_partition_recovery', { cut: 'pair', messages: 1 });
      assert.equal(kind, 'Inconclusive');
      assert.match(
        result?.because ?? '',
        /did not bite: a real pull from guardian still reached .* way round it, by eth0/,
      );
    } finally {
      await setSecondPath(false, { name: here.lab.name });
    }
  });
});
