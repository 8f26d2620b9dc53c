import type { KnownDefect } from './known-defects.ts';
import type { Finding, Verdict } from './run.ts';
import type { ManyPlan, ManyRun } from './suite.ts';
import type { RunGroup } from './tally.ts';

/** Counts of one scenario. */
export interface ScenarioTally {
  scenario: string;
  passed: number;
  /** Those that nobody has listed as known. */
  failed: number;
  /** Failed, and every failure is a listed defect: shown apart, never passed. */
  failedKnown: number;
  inconclusive: number;
  slowestSeconds: number;
  /** It did not end alike every time. */
  flaky: boolean;
  /** Everything but success, the most frequent first. */
  reasons: { verdict: Verdict; known: boolean; because: string; count: number; failures: string[]; journal: string }[];
  findings: Finding[];
}

/** What the list of known defects says to what was seen. */
export interface DefectReport {
  /** Unexpired, and seen as a failure or a finding. */
  seen: KnownDefect[];
  /** Nobody may lean on them any more. */
  expired: KnownDefect[];
  /** Unexpired, of a scenario that ran, and not seen: mended? */
  unseen: KnownDefect[];
  /** Why the list could not be read. */
  problem?: string;
}

/** The result of a suite or a soak: what it returns or fails with, and `summary.json`. */
export interface SuiteResult {
  kind: 'suite' | 'soak';
  workflowId: string;
  runId: string;
  fleet: string;
  seed: number;
  verdict: Verdict;
  /** It failed, and with nothing but known defects. */
  known: boolean;
  because: string;
  startedAt: string;
  seconds: number;
  aborted: boolean;
  scenarios: ScenarioTally[];
  defects: DefectReport;
  /** Of a suite all, without the words of findings; of a soak the latest that did not pass. */
  runs: ManyRun[];
  residue: string[];
  /** Paths on the worker's machine. */
  summary: { json: string; markdown: string };
}

/** What a suite hands over to be summed up. */
export interface SuiteEnd {
  kind: SuiteResult['kind'];
  workflowId: string;
  runId: string;
  plan: Pick<ManyPlan, 'fleet' | 'seed'>;
  startedAt: string;
  groups: RunGroup[];
  runs: ManyRun[];
  residue: string[];
  aborted: boolean;
  /** Why nothing more was begun before all was done. */
  stopped?: string;
}
