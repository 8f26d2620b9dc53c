import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import type { Workflow } from '@temporalio/common';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { theLab } from './fixture.ts';
import type { TestLab } from './test-lab.ts';
import { parseJournal } from '../../src/report/journal.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';
import { setSecondPath } from '../../lab/lab.ts';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import { SUITE_WORKFLOW } from '../../src/contract/suite.ts';
import type { SuiteInput } from '../../src/contract/suite.ts';
import type { SuiteResult } from '../../src/contract/suite-result.ts';

describe('scenarios on the lab', function () {
  this.timeout(300_000);
  let here: TestLab;
  before(async function () {
    this.timeout(900_000);
    here = await theLab();
  });
  afterEach(async () => assert.deepEqual(await here.residue(), []));

  describe('the whole catalogue, as one suite', () => {
    let ended: SuiteResult;
    before(async function () {
      this.timeout(1_200_000);
      const workflowId = `catalogue-${process.pid}`;
      const input: SuiteInput = { scenarios: 'all', seed: 7 };
      const options = { taskQueue: TASK_QUEUE, workflowId, args: [input] };
      ended = await here.client.workflow.execute<Workflow>(SUITE_WORKFLOW, options).catch(resultIn);
    });

    for (const [name, { definition }] of Object.entries(scenarios)) {
      it(`${name} passes, with every fault measured and healed by the frame, and nothing found beside it`, async () => {
        const run = ended.runs.find(({ scenario }) => scenario === name);
        const journal = parseJournal(await readFile(run?.journal ?? '', 'utf8'));
        assert.ok('journal' in journal, JSON.stringify(journal));
        const { result, events } = journal.journal;
        assert.equal(result.verdict, 'passed', result.because);
        assert.deepEqual(result.findings, []);
        assert.equal(result.faults.length > 0, definition.breaks.length > 0);
        for (const fault of result.faults) {
          assert.equal(fault.bite?.bit, true, fault.bite?.how);
          assert.ok(fault.bite?.before && fault.bite.during && fault.bite.after, 'measured before, during and after');
          assert.equal(fault.healedBy, 'frame');
        }
        assert.equal(events.filter(({ kind }) => kind === 'heal').length, result.faults.length);
      });
    }
  });

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

/** What a suite that did not pass carries in its failure. */
function resultIn(error: unknown): SuiteResult {
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  if (cause instanceof ApplicationFailure && cause.details?.[0]) return cause.details[0] as SuiteResult;
  throw error;
}
