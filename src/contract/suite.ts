/** What travels between CLI, workflows and activities about many runs: suites and soaks. Plain JSON. */

import { derivedSeed } from './derived-seed.ts';
import type { LockClaim } from './fleet-lock.ts';
import { collision } from './fleet-lock.ts';
import type { Finding, RunInput, RunResult, Verdict } from './run.ts';

export const SUITE_WORKFLOW = 'suite';
export const SOAK_WORKFLOW = 'soak';

export const isOfManyRuns = (workflowType: string): boolean =>
  workflowType === SUITE_WORKFLOW || workflowType === SOAK_WORKFLOW;

/** What suites and soaks both take. */
export interface ManyInput {
  /** Name of the fleet that the caller means. */
  fleet?: string;
  /** Names or globs such as `mr_*`, or `all`. A suite has to say; a soak takes all. */
  scenarios?: string[] | 'all';
  /** Everything else is drawn from it; default: drawn by chance, and told. */
  seed?: number;
  leaseSeconds?: number;
  /** Options by scenario. */
  options?: Record<string, Record<string, unknown>>;
}

export interface SuiteInput extends ManyInput {
  /** Runs of each scenario; `nightly`: as many as its family needs. Default 1. */
  iterations?: number | 'nightly';
  /** How many run side by side where they do not collide. Default 1. */
  parallel?: number;
}

export interface SoakInput extends ManyInput {
  /** How long new runs are begun, in seconds. The last one ends by itself. */
  seconds?: number;
}

/** One scenario of a suite, its input checked. */
export interface PlannedScenario extends Pick<LockClaim, 'exclusive' | 'shared'> {
  scenario: string;
  iterations: number;
  input: RunInput;
}

export interface ManyPlan {
  fleet: string;
  seed: number;
  parallel: number;
  scenarios: PlannedScenario[];
}

/** One run of one scenario. `n` counts from 1. */
export interface Item {
  scenario: string;
  n: number;
}

/** How one run of many ended; texts are cut short, the journal has them whole. */
export interface ManyRun extends Item {
  workflowId: string;
  runId: string;
  seed: number;
  verdict: Verdict;
  because: string;
  seconds: number;
  failures: Finding[];
  findings: Finding[];
  residue: string[];
  journal: string;
  /** The brake refused it, and would refuse whatever comes next. */
  braked?: true;
}

/** Every scenario once before any a second time. */
export function itemsOf({ scenarios }: ManyPlan): Item[] {
  const most = Math.max(0, ...scenarios.map(({ iterations }) => iterations));
  return Array.from({ length: most }, (_, i) => i + 1).flatMap((n) =>
    scenarios.filter(({ iterations }) => n <= iterations).map(({ scenario }) => ({ scenario, n })),
  );
}

/** The first that collides with nothing that runs. */
export function nextItem({ scenarios, parallel }: ManyPlan, waiting: Item[], running: Item[]): Item | undefined {
  if (running.length >= parallel) return undefined;
  const claim = ({ scenario }: Item) => scenarios.find((planned) => planned.scenario === scenario);
  return waiting.find((item) => {
    const wanted = claim(item);
    return wanted !== undefined && running.every((other) => !collides(wanted, claim(other)));
  });
}

const collides = (one: PlannedScenario, other: PlannedScenario | undefined): boolean =>
  other === undefined || collision(one, other) !== undefined;

/** The scenario that a soak runs as its `n`th. */
export function drawn({ scenarios, seed }: ManyPlan, n: number): PlannedScenario | undefined {
  return scenarios[derivedSeed(seed, 'soak', n) % Math.max(1, scenarios.length)];
}

export const seedOf = ({ seed }: ManyPlan, { scenario, n }: Item): number => derivedSeed(seed, scenario, n);

const LONGEST = 200;
const MOST = 8;
const short = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
const few = (findings: Finding[]): Finding[] =>
  findings.slice(0, MOST).map((finding) => ({ ...finding, message: short(finding.message) }));

/** What is kept of a run's result. */
export const runOf = (item: Item & { seed: number }, result: RunResult): ManyRun => ({
  ...item,
  ...{ workflowId: result.workflowId, runId: result.runId, verdict: result.verdict, because: short(result.because) },
  ...{
    seconds: result.seconds,
    failures: few(result.failures),
    findings: few(result.findings),
  },
  ...{ residue: result.residue.slice(0, MOST).map(short), journal: result.journal },
});

/**
 * What a suite carries along of each of up to 1000 runs: one payload of Temporal holds 2 MB. What findings say stands in the groups and
 * the journals.
 */
export function briefly(run: ManyRun): ManyRun {
  const names = (findings: Finding[]): Finding[] => findings.map((finding) => ({ ...finding, message: '' }));
  const { failures, findings, residue } = run;
  return { ...run, failures: names(failures), findings: names(findings), residue: residue.slice(0, 1) };
}

/** A run that gave no result: it was refused, terminated or aborted. */
export const runWithout = (
  item: Item & { seed: number; workflowId: string; runId: string; seconds: number },
  because: string,
): ManyRun => ({
  ...item,
  ...{ verdict: 'inconclusive', because: short(because), failures: [], findings: [], residue: [], journal: '' },
});
