import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
  type WorkflowFailedError,
} from '@temporalio/client';
import type { SuiteResult } from '../contract/suite-result.ts';
import type { RunRef, RunResult } from '../contract/run.ts';
import { EXIT, exitCodeOf } from '../report/exit-code.ts';
import { parseJournal } from '../report/journal.ts';
import { isOfManyRuns } from '../contract/suite.ts';
import { CliError } from './errors.ts';
import { summaryOf } from './suite-outcome.ts';

/** How a run ended. A run that broke nothing, as it was refused at the door, has no result worth the name. */
export interface Outcome {
  result: RunResult;
  exitCode: number;
}

/** What is known of a run from outside it. */
export interface Known {
  run: RunRef;
  claim: string;
  /** On this machine; where the worker runs on another one, there is nothing. */
  stateDir: string;
  startedAtMs: number;
  /** The run's own report, where a worker is there to answer. */
  report: () => Promise<Partial<RunResult>>;
}

export const completed = (result: RunResult): Outcome => ({ result, exitCode: exitCodeOf(result) });

/** @throws CliError for an input that the worker refused */
export async function failedOutcome(error: WorkflowFailedError, known: Known): Promise<Outcome> {
  const { cause } = error;
  if (cause instanceof CancelledFailure) return aborted(cause, known);
  const own = cause instanceof ApplicationFailure ? (cause.details?.[0] as RunResult | undefined) : undefined;
  if (own?.verdict) return completed(own);
  const { kind, message } = rootOf(cause ?? error);
  if (kind === 'BadInput') throw new CliError(kind, message, EXIT.badInput);
  const ended =
    cause instanceof TerminatedFailure || cause instanceof TimeoutFailure
      ? `the run was ${cause instanceof TerminatedFailure ? 'terminated' : 'timed out'}; what it broke is healed by its hold or its leases: \`0k-chaos faults\``
      : message;
  return completed(await patched(known, ended));
}

/** Temporal keeps no result of a cancelled workflow: it is read from the journal. */
async function aborted(cause: CancelledFailure, known: Known): Promise<Outcome> {
  const written = journalled(known);
  const said = await known.report().catch((): Partial<RunResult> => ({}));
  const result = written ?? (await patched(known, said.because ?? (cause.message || 'aborted')));
  return { result, exitCode: exitCodeOf(result, 'aborted') };
}

function journalled(known: Known): RunResult | undefined {
  const { stateDir, run } = known;
  // Of many runs there is a summary instead; `suiteIn` tells the two apart.
  if (isOfManyRuns(run.scenario)) return summaryFor(known) as unknown as RunResult | undefined;
  try {
    const parsed = parseJournal(
      readFileSync(path.join(stateDir, 'runs', run.scenario, run.runId, 'journal.json'), 'utf8'),
    );
    return 'journal' in parsed ? parsed.journal.result : undefined;
  } catch {
    return undefined;
  }
}

/** Between the clock of a server and ours. */
const CLOCKS_MS = 60_000;

/** Not that of an earlier suite by the same id; one that went on under another run id began with the first one. */
function summaryFor({ stateDir, run, startedAtMs }: Known): SuiteResult | undefined {
  const found = summaryOf(stateDir, run.workflowId);
  const isIt = found?.runId === run.runId || Date.parse(found?.startedAt ?? '') >= startedAtMs - CLOCKS_MS;
  return isIt ? found : undefined;
}

/** A result for a run that could not give one. */
async function patched({ run, claim, startedAtMs, report }: Known, because: string): Promise<RunResult> {
  const said = await report().catch((): Partial<RunResult> => ({}));
  const faults = said.faults ?? [];
  return {
    ...run,
    ...{ verdict: 'inconclusive', claim, because, seconds: (Date.now() - startedAtMs) / 1000 },
    ...{ seed: 0, failures: [] },
    ...{ faults, findings: [], deliveries: said.deliveries ?? [], journal: '' },
    residue: faults
      .filter(({ healedAt }) => healedAt === null)
      .map(({ summary }) => `${summary} is not known to be healed: \`0k-chaos faults\` shows the ledgers`),
  };
}

/** The failure at the bottom: what happened on a machine, not that an activity failed. */
function rootOf(error: Error): { kind: string; message: string } {
  let [kind, message] = ['', error.message];
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    message = cause.message || message;
    if (cause instanceof ApplicationFailure && cause.type) kind = cause.type;
  }
  return { kind, message };
}
