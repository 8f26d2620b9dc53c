import type { KnownDefect } from '../contract/known-defects.ts';
import type { DefectReport, ScenarioTally, SuiteEnd, SuiteResult } from '../contract/suite-result.ts';
import { sum, worstOf } from '../contract/tally.ts';
import type { RunGroup } from '../contract/tally.ts';
import { classify, isExpired, isFor } from './known-defects.ts';

/** A group, and whether all that it failed of is known. */
type Judged = RunGroup & { known: boolean };

/** Sums up a suite or a soak. `now`: ISO 8601. */
export function summarise(end: SuiteEnd, defects: readonly KnownDefect[], now: string): Omit<SuiteResult, 'summary'> {
  const today = now.slice(0, 10);
  const groups = end.groups.map((group) => ({ ...group, known: classify(group, defects, today).known }));
  const verdict = verdictOf(groups);
  const { fleet, seed } = end.plan;
  return {
    ...{ kind: end.kind, workflowId: end.workflowId, runId: end.runId, fleet, seed, verdict },
    known: verdict === 'failed' && groups.every(({ verdict: one, known }) => one !== 'failed' || known),
    because: [sentence(groups), ...(end.stopped === undefined ? [] : [`stopped: ${end.stopped}`])].join('; '),
    startedAt: end.startedAt,
    seconds: (Date.parse(now) - Date.parse(end.startedAt)) / 1000,
    aborted: end.aborted,
    scenarios: talliesOf(groups),
    defects: reportOf(groups, defects, today),
    runs: end.runs,
    residue: end.residue,
  };
}

/** Nothing that ran is nothing that passed. */
const verdictOf = (groups: Judged[]): SuiteResult['verdict'] =>
  groups.length === 0 ? 'inconclusive' : worstOf(groups.map(({ verdict }) => verdict));

const countsOf = (groups: readonly Judged[]) => ({
  passed: total(groups, ({ verdict }) => verdict === 'passed'),
  failed: total(groups, ({ verdict, known }) => verdict === 'failed' && !known),
  failedKnown: total(groups, ({ verdict, known }) => verdict === 'failed' && known),
  inconclusive: total(groups, ({ verdict }) => verdict === 'inconclusive'),
});

const total = (groups: readonly Judged[], which: (group: Judged) => boolean): number =>
  groups.filter(which).reduce((count, group) => count + group.count, 0);

function sentence(groups: Judged[]): string {
  const { passed, failed, failedKnown, inconclusive } = countsOf(groups);
  const all = passed + failed + failedKnown + inconclusive;
  if (all === 0) return 'nothing was run to its end';
  if (passed === all) return `${all === 1 ? 'the one run' : `all ${all} runs`} passed`;
  const parts = [
    failed > 0 ? `${failed} failed` : '',
    failedKnown > 0 ? `${failedKnown} failed, known` : '',
    inconclusive > 0 ? `${inconclusive} inconclusive` : '',
    `${passed} passed`,
  ];
  return `of ${all} runs ${parts.filter((part) => part !== '').join(', ')}`;
}

function talliesOf(groups: Judged[]): ScenarioTally[] {
  return [...new Set(groups.map(({ scenario }) => scenario))].map((scenario) => {
    const mine = groups.filter((group) => group.scenario === scenario);
    return {
      ...{ scenario, ...countsOf(mine) },
      slowestSeconds: Math.max(...mine.map(({ slowestSeconds }) => slowestSeconds)),
      flaky: new Set(mine.map(({ verdict }) => verdict)).size > 1,
      reasons: mine
        .filter(({ verdict }) => verdict !== 'passed')
        .toSorted((a, b) => b.count - a.count)
        .map(reasonOf),
      findings: mine.reduce<ScenarioTally['findings']>((findings, group) => sum(findings, group.findings), []),
    };
  });
}

const reasonOf = ({ verdict, known, because, count, failures, journal }: Judged): ScenarioTally['reasons'][number] => ({
  ...{ verdict, known, because, count, failures: failures.map(({ id }) => id), journal },
});

function reportOf(groups: Judged[], defects: readonly KnownDefect[], today: string): DefectReport {
  const said = groups.map((group) => classify(group, defects, today));
  const seen = defects.filter((entry) => said.some((one) => one.seen.includes(entry)));
  const ran = (entry: KnownDefect): boolean => groups.some(({ scenario }) => isFor(entry, scenario));
  return {
    seen,
    expired: defects.filter((entry) => isExpired(entry, today)),
    unseen: defects.filter((entry) => !isExpired(entry, today) && !seen.includes(entry) && ran(entry)),
  };
}
