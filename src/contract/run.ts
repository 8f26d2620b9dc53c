/** What travels between CLI, workflows and activities about one run. Plain JSON, small. */

import type { FaultSpec } from './fault-spec.ts';
import type { MessageSpec, Payload } from './message-spec.ts';

export type Verdict = 'passed' | 'failed' | 'inconclusive';

/** Identifies one execution of a scenario; the owner of every lease it arms. */
export interface RunRef {
  scenario: string;
  workflowId: string;
  runId: string;
  /** Whose worker admitted it; absent before that. */
  fleet?: string;
}

/** The workflow id of what a person breaks: there is no such workflow. */
export const BY_HAND = 'by-hand';

/** How the owner of a lease is written in ledgers: `<workflowId>/<runId>`. */
export const ownerOf = (run: RunRef): string => `${run.workflowId}/${run.runId}`;

/** Options that every scenario takes; all have defaults. Scenarios add their own (see each scenario's `inputs`). */
export interface RunInput {
  /** Name of the fleet that the caller means; refused when the worker serves another one. */
  fleet?: string;
  /** How long a fault outlives the last sign of life of its run, in seconds. */
  leaseSeconds?: number;
  /** The scenario passes only if so many runs of it in a row pass. */
  iterations?: number;
  /** What the messages are drawn from; default: drawn from the run's id. The same seed pushes messages of the same shapes. */
  seed?: number;
  /** Which messages are pushed; each scenario has its default. */
  payload?: Payload;
  [option: string]: unknown;
}

/** Which layer of healing put a machine back (docs/SAFETY.md), or `somebody` when the fault was gone before any of ours. */
export type HealedBy = 'frame' | 'hold' | 'sweep' | 'lease' | 'hand' | 'somebody';

/** The effect of a fault measured from outside. `bit` is the judgement, the rest is the evidence. */
export interface Bite {
  bit: boolean;
  how: string;
  before?: Record<string, number | string | boolean | null>;
  during?: Record<string, number | string | boolean | null>;
  after?: Record<string, number | string | boolean | null>;
}

/** A fault as the journal, the CLI and the queries show it. Times are ISO 8601. */
export interface FaultRecord {
  id: string;
  kind: FaultSpec['kind'];
  target: string;
  /** One line for people, such as `kill relay-1 (SIGKILL)`. */
  summary: string;
  injectedAt: string | null;
  healedAt: string | null;
  healedBy: HealedBy | null;
  healSeconds: number | null;
  /** It was to end with its lease, as nobody could reach the machine meanwhile. */
  byLease?: true | undefined;
  /** What is not as it was before it, although it is healed. */
  notBack?: string | undefined;
  bite: Bite | null;
}

/**
 * Something wrong, under a name that stays: `known-defects.yml` refers to it. Beside the verdict where the claim does not speak
 * of it, else the reason why a run failed.
 */
export interface Finding {
  /** One of `FINDINGS` (finding-ids.ts). */
  id: string;
  message: string;
  count: number;
}

export type PushOutcome = 'acknowledged' | 'refused' | 'indeterminate';

/** A message that a client was told to push. */
export interface Message extends MessageSpec {
  from: string;
  outcome: PushOutcome;
  /** An unacknowledged push that may have been stored all the same: seeing it is no surprise, nor is missing it. */
  mayBeStored: boolean;
  /** As the client printed it, when acknowledged. */
  blobId: string | null;
  /** Where the relay that answered has put it, by its own word. */
  cursor?: number;
  /** First lines of what the client printed, when it was not acknowledged. */
  evidence: string;
  seconds: number;
  /** The worker died during this push, so nobody knows its outcome; this message was pushed in its place. */
  retriedAs?: string;
  /** The signal that ended the client in the middle of this push: nobody here sent it. */
  endedBy?: string;
}

export interface Delivery {
  /** Id of the message. */
  message: string;
  to: string;
  /** Seconds from the start of the wait until the message was there; null: not within the deadline. */
  seconds: number | null;
  copies: number;
  /** Where its first copy stands in the order of the relay that answered last; null: not there. */
  cursor: number | null;
  /** Where the client showed it first, counted from 1, when the relay answered last; null: not there. */
  place?: number | null;
}

/** The result of a run: what `0k-chaos run --json` prints and what the workflow returns or fails with. */
export interface RunResult {
  scenario: string;
  workflowId: string;
  runId: string;
  verdict: Verdict;
  claim: string;
  because: string;
  seconds: number;
  /** What the messages, and every other choice of the run, were drawn from. */
  seed: number;
  faults: FaultRecord[];
  /** Why it failed, by name; empty unless the verdict is `failed`. */
  failures: Finding[];
  /** What was found wrong beside it. */
  findings: Finding[];
  deliveries: Delivery[];
  /** What is not put back, one line each. Empty: every machine is as it was. */
  residue: string[];
  /** Path of journal.json on the worker's machine. */
  journal: string;
  /** Of a run that was asked for several: each has its own journal. */
  iterations?: Iteration[];
}

/** One of the runs of the same scenario, started one after the other by a run that was asked for several. */
export type Iteration = Pick<RunResult, 'workflowId' | 'runId' | 'verdict' | 'because' | 'seconds' | 'journal'>;
