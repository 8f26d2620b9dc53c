import type { ManyRun } from './suite.ts';
import type { Finding, Verdict } from './run.ts';

/** Runs of one scenario that ended alike: the same verdict, and failed under the same names. What a soak carries along. */
export interface RunGroup {
  scenario: string;
  verdict: Verdict;
  /** Of the first of them. */
  because: string;
  count: number;
  failures: Finding[];
  /** Of all of them, counts added. */
  findings: Finding[];
  slowestSeconds: number;
  /** Journals of the first and of the slowest. */
  journal: string;
  slowestJournal: string;
}

/** More kinds of findings than this nobody reads. */
const MOST_FINDINGS = 20;

/** Adds a run to its group. */
export function count(groups: RunGroup[], run: ManyRun): void {
  const group = groups.find((other) => other.scenario === run.scenario && isAlike(other, run));
  if (!group) return void groups.push(groupOf(run));
  group.count += 1;
  group.findings = sum(group.findings, run.findings);
  if (run.seconds <= group.slowestSeconds) return;
  group.slowestSeconds = run.seconds;
  group.slowestJournal = run.journal;
}

const isAlike = (group: RunGroup, { verdict, failures }: ManyRun): boolean =>
  group.verdict === verdict && namesOf(group.failures) === namesOf(failures);

const namesOf = (findings: Finding[]): string =>
  findings
    .map(({ id }) => id)
    .toSorted()
    .join(' ');

const groupOf = ({ scenario, verdict, because, seconds, failures, findings, journal }: ManyRun): RunGroup => ({
  ...{ scenario, verdict, because, count: 1, failures, findings },
  ...{ slowestSeconds: seconds, journal, slowestJournal: journal },
});

/** Findings of the same name are one, their counts added. */
export function sum(some: Finding[], more: Finding[]): Finding[] {
  const all = new Map<string, Finding>();
  for (const finding of [...some, ...more]) {
    const before = all.get(finding.id);
    all.set(finding.id, before ? { ...before, count: before.count + finding.count } : finding);
  }
  return [...all.values()].slice(0, MOST_FINDINGS);
}

/** Of several runs: failed if one failed, passed if all passed. */
export const worstOf = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes('failed')
    ? 'failed'
    : verdicts.every((verdict) => verdict === 'passed')
      ? 'passed'
      : 'inconclusive';
