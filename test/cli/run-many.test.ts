import { strict as assert } from 'node:assert';
import type { Config } from '../../src/config.ts';
import { optionsFor } from '../../src/cli/run-many.ts';
import { fullName } from '../../src/cli/scenario-input.ts';
import { suiteExitCode, suiteIn } from '../../src/cli/suite-outcome.ts';
import type { ScenarioTally, SuiteResult } from '../../src/contract/suite-result.ts';
import { fleet } from './fleets.ts';

const MR = 'mr_01_relay_crash_failover';
const EDGE_01 = 'edge_01_guardian_high_latency';

const tally = (counts: Partial<ScenarioTally>): ScenarioTally => ({
  ...{ scenario: MR, passed: 0, failed: 0, failedKnown: 0, inconclusive: 0, slowestSeconds: 1, flaky: false },
  ...{ reasons: [], findings: [], ...counts },
});

const result = (counts: Partial<ScenarioTally>, more: Partial<SuiteResult> = {}): SuiteResult =>
  ({ scenarios: [tally({ passed: 3 }), tally(counts)], residue: [], aborted: false, ...more }) as SuiteResult;

describe('the exit code of many runs', () => {
  const cases: [string, SuiteResult, number, number][] = [
    ['all passed', result({ passed: 1 }), 0, 0],
    ['one failed', result({ failed: 1, inconclusive: 4 }), 1, 1],
    ['one inconclusive', result({ inconclusive: 1 }), 3, 3],
    ['one failed of a known defect', result({ failedKnown: 1 }), 1, 0],
    ['one failed, known, and one inconclusive', result({ failedKnown: 1, inconclusive: 1 }), 1, 3],
    ['one failed, known, and one failed', result({ failedKnown: 1, failed: 1 }), 1, 1],
    ['something is not healed', result({ failed: 1 }, { residue: ['beast: a qdisc'], aborted: true }), 4, 4],
    ['it was aborted', result({ passed: 1 }, { aborted: true }), 130, 130],
    ['nothing ran', { ...result({}), scenarios: [] }, 3, 3],
  ];
  for (const [what, given, plain, allowingKnown] of cases) {
    it(`is ${plain}, with --allow-known ${allowingKnown}, where ${what}`, () => {
      assert.deepEqual([suiteExitCode(given, false), suiteExitCode(given, true)], [plain, allowingKnown]);
    });
  }
});

describe('the options of many runs', () => {
  const config = { fleet: fleet() } as Config;

  it('go to every scenario that takes them', () => {
    assert.deepEqual(optionsFor([MR, EDGE_01], config, { set: ['delayMs=80'] }), { [EDGE_01]: { delayMs: 80 } });
  });

  it('are refused where no scenario takes them, or one finds them wrong', () => {
    const wrong = (set: string[]) => () => optionsFor([MR, EDGE_01], config, { set });
    assert.throws(wrong(['dellayMs=80']), {
      kind: 'BadInput',
      message: /none of the chosen scenarios takes `--set dellayMs=80`/,
    });
    assert.throws(wrong(['delayMs=much']), { kind: 'BadInput', message: /takes a number/ });
    assert.throws(() => optionsFor([MR], config, { input: '{}' }), { kind: 'BadInput', message: /--input/ });
  });
});

describe('what was typed', () => {
  it('stands for the one scenario that begins so', () => {
    assert.equal(fullName('mr_01'), MR);
    assert.equal(fullName(MR), MR);
    assert.equal(fullName('mr_*'), 'mr_*');
    assert.equal(fullName('edge'), 'edge', 'there are several');
  });

  it('is told apart: runs from suites', () => {
    assert.equal(suiteIn({ verdict: 'passed', faults: [] }), undefined);
    assert.ok(suiteIn({ kind: 'suite', scenarios: [], summary: {} }));
  });
});
