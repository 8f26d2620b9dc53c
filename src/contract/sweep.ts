/** The workflow that heals what dead runs have left, and its activity. */

export const SWEEP_WORKFLOW = 'sweep';

/** Names the Temporal schedule that starts it every five minutes. */
export const sweepIdOf = (fleet: string): string => `sweep-${fleet}`;

export interface SweepInput {
  /** Name of the fleet that the caller means; refused when the worker serves another one. */
  fleet?: string;
}

/** One line each, for people. */
export interface SweepResult {
  fleet: string;
  /** Machines whose ledgers were read. */
  swept: string[];
  /** What had no living owner any more. */
  healed: string[];
  /** Tried, and still there: its machine tries again and again, and so does the next sweep. */
  stands: string[];
  /** Not touched: whether its owner lives is not known here, and its time is not over. */
  left: string[];
  unreachable: Unreachable[];
  /** Folders of runs that have ended, removed from clients. */
  tidied: string[];
}

export interface Unreachable {
  machine: string;
  /** ISO 8601: when a sweep first missed it. */
  since: string;
  message: string;
}

export interface SweepSteps {
  /** Every machine's ledger against the runs that are alive. `previous`: the result of the sweep before, where the schedule knows it. */
  sweepMachines(ask: { input: unknown; previous?: SweepResult }): Promise<SweepResult>;
}
