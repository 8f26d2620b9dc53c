import { strict as assert } from 'node:assert';
import { nextRound, summed } from '../../scripts/false-alarms-result.ts';
import type { CleanRun } from '../../scripts/false-alarms-result.ts';

let runs = 0;
const run = (scenario: string, over: Partial<CleanRun> = {}): CleanRun => ({
  runId: `${(runs += 1)}`,
  ...{ scenario, verdict: 'passed', because: 'it holds', seconds: 1, findings: [], at: '2026-11-22T00:00:00Z' },
  ...over,
});
const of = (rounds: number) => ({ rounds, machine: {} });

describe('false alarms', () => {
  it('are looked for until every scenario has had its rounds, those that had fewer first', () => {
    assert.deepEqual(nextRound(['a', 'b'], [], 2), ['a', 'b']);
    assert.deepEqual(nextRound(['a', 'b'], [run('a')], 2), ['b']);
    assert.deepEqual(nextRound(['a', 'b'], [run('a'), run('b')], 2), ['a', 'b']);
    assert.deepEqual(nextRound(['a', 'b'], [run('a'), run('b')], 1), []);
  });

  it('are runs that did not pass, and findings in runs that did', () => {
    assert.equal(summed(['a'], [run('a')], of(1)).holds, true);
    assert.equal(summed(['a'], [run('a'), run('a', { verdict: 'inconclusive' })], of(2)).holds, false);
    const finding = { id: 'duplicate', message: 'm-1 stands twice', count: 1 };
    const { holds, scenarios } = summed(['a'], [run('a', { findings: [finding] })], of(1));
    assert.equal(holds, false);
    assert.deepEqual(scenarios['a']?.findings, { duplicate: 1 });
  });

  it('are summed up with how long runs took, and why they did not pass', () => {
    const runs = [3, 1, 2].map((seconds) => run('a', { seconds }));
    const { complete, scenarios } = summed(['a'], [...runs, run('a', { verdict: 'failed', because: 'lost' })], of(5));
    assert.equal(complete, false);
    assert.deepEqual(scenarios['a'], {
      ...{ runs: 4, passed: 3, findings: {}, seconds: { min: 1, median: 2, max: 3 } },
      because: ['failed: lost'],
    });
  });
});
