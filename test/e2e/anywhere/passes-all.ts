import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { intentsOf } from '../../../src/cli/recording-chaos.ts';
import { TASK_QUEUE } from '../../../src/contract/names.ts';
import { SUITE_WORKFLOW } from '../../../src/contract/suite.ts';
import type { SuiteInput } from '../../../src/contract/suite.ts';
import type { SuiteResult } from '../../../src/contract/suite-result.ts';
import { parseJournal } from '../../../src/report/journal.ts';
import type { Scenario } from '../../../src/workflows/scenario.ts';
import { scenarios } from '../../../src/workflows/scenarios/index.ts';
import type { TestLab } from '../test-lab.ts';

async function breaksByNetem(scenario: Scenario): Promise<boolean> {
  const defaults = Object.fromEntries(
    Object.entries(scenario.definition.options).map(([name, spec]) => [name, spec.default]),
  );
  return (await intentsOf(scenario, defaults, [])).some((step) => step.does === 'inject' && step.spec.kind === 'netem');
}

const asked = await Promise.all(
  Object.entries(scenarios).map(async ([name, scenario]) => ((await breaksByNetem(scenario)) ? [name] : [])),
);
/** Scenarios whose faults a kernel without sch_netem cannot make. */
export const needsNetem = new Set(asked.flat());

/** One suite of these scenarios on a clean lab, and a test for each of them. */
export function passesAll(lab: () => TestLab, names: string[]): void {
  describe('the catalogue, as one suite', () => {
    let ended: SuiteResult;
    const again = new Set<string>();
    before(async function () {
      this.timeout(1_800_000);
      const workflowId = `catalogue-${process.pid}`;
      const input: SuiteInput = { scenarios: names, seed: 7 };
      const options = { taskQueue: TASK_QUEUE, workflowId, args: [input] };
      ended = await lab().client.workflow.execute<Workflow>(SUITE_WORKFLOW, options).catch(resultIn);
    });

    for (const name of names) {
      it(`${name} passes, with every fault measured and healed by the frame, and nothing found beside it`, async () => {
        // A second try of the test is a run of its own: the suite is not repeated.
        const run = again.has(name) ? (await lab().run(name)).result : ended.runs.find((one) => one.scenario === name);
        again.add(name);
        assert.equal(run?.verdict, 'passed', run?.because);
        const journal = parseJournal(await readFile(run?.journal ?? '', 'utf8'));
        assert.ok('journal' in journal, JSON.stringify(journal));
        const { result, events } = journal.journal;
        assert.deepEqual(result.findings, []);
        assert.equal(result.faults.length > 0, (scenarios[name]?.definition.breaks.length ?? 0) > 0);
        for (const { bite, healedBy } of result.faults) {
          assert.equal(bite?.bit, true, bite?.how);
          assert.ok(bite?.before && bite.during && bite.after, 'measured before, during and after');
          assert.equal(healedBy, 'frame');
        }
        assert.ok(events.filter(({ kind }) => kind === 'heal').length >= result.faults.length);
      });
    }
  });
}

/** What a suite that did not pass carries in its failure. */
function resultIn(error: unknown): SuiteResult {
  const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
  if (cause instanceof ApplicationFailure && cause.details?.[0]) return cause.details[0] as SuiteResult;
  throw error;
}
