import { strict as assert } from 'node:assert';
import type { KnownDefect } from '../../src/contract/known-defects.ts';
import type { SuiteEnd } from '../../src/contract/suite-result.ts';
import type { ManyRun } from '../../src/contract/suite.ts';
import { count } from '../../src/contract/tally.ts';
import type { RunGroup } from '../../src/contract/tally.ts';
import { summaryMarkdown } from '../../src/report/summary-markdown.ts';
import { renderSuite } from '../../src/report/summary-text.ts';
import { summarise } from '../../src/report/summary.ts';

const NOW = '2026-02-08T03:00:00.000Z';

const run = (scenario: string, more: Partial<ManyRun> = {}): ManyRun => ({
  ...{ scenario, n: 1, workflowId: `s/${scenario}/1`, runId: 'r', seed: 1, verdict: 'passed', because: 'held' },
  ...{ seconds: 2, failures: [], findings: [], residue: [], journal: `/j/${scenario}.json`, ...more },
});
const lost = (scenario: string, ...ids: string[]): ManyRun =>
  run(scenario, {
    verdict: 'failed',
    because: 'a message is | lost',
    failures: ids.map((id) => ({ id, message: 'm', count: 2 })),
  });

function summed(runs: ManyRun[], defects: KnownDefect[] = [], more: Partial<SuiteEnd> = {}) {
  const groups: RunGroup[] = [];
  for (const one of runs) count(groups, one);
  const end: SuiteEnd = {
    ...{ kind: 'suite', workflowId: 's', runId: 'r', plan: { fleet: 'f', seed: 9 } },
    ...{ startedAt: '2026-02-08T01:00:00.000Z', groups, runs, residue: [], aborted: false, ...more },
  };
  return { ...summarise(end, defects, NOW), summary: { json: '/s.json', markdown: '/s.md' } };
}

const listed = (id: string, expires = '2026-12-31', scenarios?: string[]): KnownDefect => ({
  id,
  reason: 'r',
  expires,
  scenarios,
});

describe('the summary of many runs', () => {
  it('passes when all passed, and says how many', () => {
    const { verdict, because, seconds } = summed([run('a'), run('a'), run('b')]);
    assert.deepEqual([verdict, because, seconds], ['passed', 'all 3 runs passed', 7200]);
  });

  it('shows what is known apart from what is not, and stays failed', () => {
    const { verdict, known, because, scenarios } = summed([lost('a', 'duplicate'), run('a')], [listed('duplicate')]);
    assert.deepEqual([verdict, known, because], ['failed', true, 'of 2 runs 1 failed, known, 1 passed']);
    assert.deepEqual([scenarios[0]?.failed, scenarios[0]?.failedKnown, scenarios[0]?.flaky], [0, 1, true]);
    const mixed = summed([lost('a', 'duplicate'), lost('b', 'lost')], [listed('duplicate')]);
    assert.equal(mixed.known, false);
  });

  it('is inconclusive where nothing ran, or one run was', () => {
    assert.equal(summed([]).verdict, 'inconclusive');
    assert.equal(summed([run('a'), run('a', { verdict: 'inconclusive' })]).verdict, 'inconclusive');
    assert.equal(summed([lost('a', 'x'), run('a', { verdict: 'inconclusive' })]).verdict, 'failed');
  });

  it('reports entries that have expired, and those of scenarios that ran and that nobody saw', () => {
    const defects = [
      listed('duplicate'),
      listed('lost', '2026-02-07'),
      listed('empty-log'),
      listed('large-pull', '2026-12-31', ['other_*']),
    ];
    const { known, defects: report } = summed([lost('a', 'duplicate'), lost('b', 'lost')], defects);
    const ids = (entries: KnownDefect[]) => entries.map(({ id }) => id);
    assert.deepEqual(
      [ids(report.seen), ids(report.expired), ids(report.unseen)],
      [['duplicate'], ['lost'], ['empty-log']],
    );
    assert.equal(known, false, 'an expired entry makes nothing known');
  });

  it('counts failures of other names apart, adds findings, and keeps the slowest', () => {
    const finding = { id: 'empty-log', message: 'm', count: 1 };
    const { scenarios } = summed([
      lost('a', 'x'),
      lost('a', 'y'),
      lost('a', 'x'),
      run('a', { findings: [finding], seconds: 40 }),
      run('a', { findings: [finding] }),
    ]);
    const [tally] = scenarios;
    assert.deepEqual(
      tally?.reasons.map(({ failures, count: times }) => [failures.join(), times]),
      [
        ['x', 2],
        ['y', 1],
      ],
    );
    assert.deepEqual(tally.findings, [{ ...finding, count: 2 }]);
    assert.equal(tally.slowestSeconds, 40);
  });

  it('reads well as Markdown and in a terminal, with the journal of each reason', () => {
    const result = summed([lost('a', 'duplicate'), run('b')], [listed('duplicate')], { residue: ['beast: a qdisc'] });
    const markdown = summaryMarkdown(result);
    assert.match(markdown, /^# failed, known: suite\n/);
    assert.match(markdown, /\| `a` \| 0 \| 0 \| 1 \| 0 \| 2\.0 s \|/);
    assert.match(markdown, /`a` failed, known \[duplicate\]: a message is \\\| lost\n {2}journal: `\/j\/a\.json`/);
    assert.match(markdown, /## Not put back\n\n- beast: a qdisc/);
    const text = renderSuite(result, { width: 100 });
    assert.match(text, /^FAILED, KNOWN {2}suite {2}in 120 min 0 s\n/);
    assert.match(text, /NOT PUT BACK\n {2}beast: a qdisc/);
    assert.match(text, /Summary {2}\/s\.md/);
    assert.ok(text.split('\n').every((line) => line.length <= 100));
  });
});
