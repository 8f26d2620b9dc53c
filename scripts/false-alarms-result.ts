import type { Finding, Verdict } from '../src/contract/run.ts';

/** One run of one scenario on a clean lab. */
export interface CleanRun {
  scenario: string;
  runId: string;
  verdict: Verdict;
  because: string;
  seconds: number;
  findings: Finding[];
  at: string;
}

/** bench/results/false-alarms-MACHINES-DATE.json. */
export interface FalseAlarms {
  /** How often each scenario is to be run. */
  rounds: number;
  /** Every scenario has had its rounds. */
  complete: boolean;
  /** All passed, and nothing was found. */
  holds: boolean;
  machine: Record<string, string | number>;
  scenarios: Record<string, CleanTally>;
  runs: CleanRun[];
}

export interface CleanTally {
  runs: number;
  passed: number;
  /** How often each was found, by its name. */
  findings: Record<string, number>;
  seconds: { min: number; median: number; max: number };
  /** Why runs did not pass. */
  because: string[];
}

/** Scenarios that have had fewer runs than the others, and fewer than they are to have: the next round. */
export function nextRound(names: readonly string[], runs: readonly CleanRun[], rounds: number): string[] {
  const countOf = (name: string): number => runs.filter(({ scenario }) => scenario === name).length;
  const fewest = Math.min(...names.map(countOf));
  return fewest >= rounds ? [] : names.filter((name) => countOf(name) === fewest);
}

export function summed(
  names: readonly string[],
  runs: readonly CleanRun[],
  { rounds, machine }: Pick<FalseAlarms, 'rounds' | 'machine'>,
): FalseAlarms {
  const tallies = names.map((name): [string, CleanTally] => [
    name,
    tally(runs.filter(({ scenario }) => scenario === name)),
  ]);
  return {
    rounds,
    complete: nextRound(names, runs, rounds).length === 0,
    holds: runs.every(({ verdict, findings }) => verdict === 'passed' && findings.length === 0),
    machine,
    scenarios: Object.fromEntries(tallies),
    runs: [...runs],
  };
}

function tally(runs: CleanRun[]): CleanTally {
  const seconds = runs.map((run) => run.seconds).toSorted((a, b) => a - b);
  const findings: Record<string, number> = {};
  for (const { id } of runs.flatMap((run) => run.findings)) findings[id] = (findings[id] ?? 0) + 1;
  const failed = runs.filter(({ verdict }) => verdict !== 'passed');
  return {
    runs: runs.length,
    passed: runs.length - failed.length,
    findings,
    seconds: { min: seconds[0] ?? 0, median: seconds[seconds.length >> 1] ?? 0, max: seconds.at(-1) ?? 0 },
    because: failed.map(({ verdict, because }) => `${verdict}: ${because}`),
  };
}
