import { ApplicationFailure, isCancellation, rootCause, TimeoutFailure } from '@temporalio/workflow';
import type { FindingId } from '../contract/finding-ids.ts';
import type { FaultRecord, Finding } from '../contract/run.ts';
import type { Evidence } from '../contract/verdict.ts';
import { WAS_RESET, wasReset } from './reset.ts';

/** Thrown by the harness when the claim does not hold: a result, not a broken tool. */
export class ClaimBroken extends Error {
  override name = 'ClaimBroken';
  readonly claim: string;
  readonly id: FindingId;
  readonly count: number;
  /** @param id names what happened, as `known-defects.yml` does. */
  constructor(id: FindingId, claim: string, evidence: string, count = 1) {
    super(evidence);
    this.id = id;
    this.claim = claim;
    this.count = count;
  }
}

/** Ends a body whose fault had no effect; the fault's own record says so to the verdict. */
export class NoBite extends Error {
  override name = 'NoBite';
}

/** Ends a body whose fault, or whose client, was ended by somebody else: whatever does not hold from there on says nothing. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** Collects what the verdict is made of; nothing that is put in can be taken back. */
export class EvidenceBook {
  readonly claimFailures: Evidence['claimFailures'] = [];
  readonly broken: Finding[] = [];
  readonly unknown: string[] = [];
  readonly outside: string[] = [];
  readonly harness: string[] = [];
  readonly residue: string[] = [];
  readonly findings: Finding[] = [];
  cancelled = false;
  readonly #isAborted: () => boolean;

  /** @param isAborted whether somebody has cancelled the run: a body may cancel parts of itself. */
  constructor(isAborted: () => boolean) {
    this.#isAborted = isAborted;
  }

  /** Files an error of the body or of a step under what it means. */
  add(where: string, error: unknown): void {
    if (error instanceof ClaimBroken) {
      const { id, claim, message, count } = error;
      this.claimFailures.push({ id, claim, message, count });
      return;
    }
    if (error instanceof NoBite) return;
    const isAbort = isCancellation(error) && this.#isAborted();
    this.cancelled ||= isAbort;
    this.harness.push(isAbort ? `aborted while ${where}` : `${where}: ${messageOf(error)}`);
  }

  evidence(faults: FaultRecord[]): Evidence {
    const { claimFailures, broken, unknown, outside, harness, residue } = this;
    if (!wasReset()) return { claimFailures, broken, unknown, outside, harness, residue, faults };
    // Nothing that it sees says anything: its group and its faults are those of the run that it was.
    const seen = [...claimFailures, ...broken].map(({ message }) => message);
    return {
      claimFailures: [],
      broken: [],
      unknown,
      outside,
      harness: [WAS_RESET, ...seen, ...harness],
      residue,
      faults,
    };
  }
}

/** The message of the failure at the bottom: what happened on a machine, not that an activity failed. */
export const messageOf = (error: unknown): string => unheardOf(error) ?? rootCause(error) ?? String(error);

/** Temporal's own words name neither who was silent nor what that means. */
function unheardOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause !== undefined) return unheardOf(cause);
  if (!(error instanceof TimeoutFailure) || error.timeoutType !== 'HEARTBEAT') return undefined;
  return 'the worker was not heard of while it did it: it died, was stopped, slept, or lost the server';
}

/** Before anything is held, a failure is the whole result: it ends the run under its own kind and message. */
export async function plainly<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (isCancellation(error)) throw error;
    throw ApplicationFailure.nonRetryable(messageOf(error), kindOf(error) ?? 'CommandFailed');
  }
}

/** The kind of the failure at the bottom, where it has one. */
export function kindOf(error: unknown): string | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && cause.type) return cause.type;
  }
  return undefined;
}
