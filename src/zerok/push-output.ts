import type { PushOutcome } from '../contract/run.ts';
import { classifyClientError, NOT_ARRANGED } from './client-errors.ts';

/** What a client printed, whole. The exit code is left out on purpose: it is 0 for failed pushes too. */
export interface Printed {
  stdout: string;
  stderr: string;
  /** There was more before it than was read. */
  truncated?: boolean;
}

export interface PushResult {
  outcome: PushOutcome;
  /** A push that was not acknowledged may have been stored all the same: one that began, or whose fan-out ran. */
  mayBeStored: boolean;
  blobId?: string;
  /** Counted by the relay that answered. */
  cursor?: number;
  ourEndpointId?: string;
  /** `relay_addresses[0]`, also when another relay answered. */
  peer?: string;
  /** How many secondary relays it went on to. */
  fanOut?: number;
  /** In the client's own words, when not acknowledged. */
  reason?: string;
}

/**
 * | what was printed                                | outcome       | may be stored |
 * | ----------------------------------------------- | ------------- | ------------- |
 * | `Push successful!`                              | acknowledged  | yes           |
 * | `Push queued (offline mode)`: nothing is queued | refused       | yes           |
 * | `Error: Failed to connect to relay`             | refused       | no            |
 * | another error before `Our EndpointId`           | refused       | no            |
 * | another error after it                          | refused       | yes           |
 * | the client is gone, or not initialized or paired | indeterminate | no           |
 * | none of these: killed, cut short                | indeterminate | yes           |
 */
export function parsePush({ stdout, stderr }: Printed): PushResult {
  const seen = readLines(stdout);
  if (/(?<![^\n])Push successful!\s*(?:\n|$)/.test(stdout))
    return { outcome: 'acknowledged', mayBeStored: true, ...seen };
  if (/^Push queued \(offline mode\)/m.test(stdout)) {
    return { outcome: 'refused', mayBeStored: true, ...seen, reason: queuedReason(stdout) };
  }
  const error = classifyClientError(stderr) ?? classifyClientError(stdout);
  if (error === undefined || NOT_ARRANGED.has(error.kind)) {
    return { outcome: 'indeterminate', mayBeStored: error === undefined, ...seen, reason: lastWords(stdout, stderr) };
  }
  const unsent = seen.ourEndpointId === undefined || ['timeout', 'unreachable', 'unknown-id'].includes(error.kind);
  return {
    outcome: 'refused',
    mayBeStored: !unsent,
    ...seen,
    reason: [error.line, ...error.relays.map(tried)].join('; '),
  };
}

const WORDS_KEPT = 300;

const tried = ({ id, why }: { id: string; why: string }): string => `${id.slice(0, 8)}…: ${why}`;

function readLines(stdout: string): Partial<PushResult> {
  const first = (pattern: RegExp): string | undefined => pattern.exec(stdout)?.[1];
  const peer = first(/^Connecting to peer: ([0-9a-f]{64})\s*$/m);
  const ourEndpointId = first(/^ {2}Our EndpointId: ([0-9a-f]{64})\s*$/m);
  const blobId = first(/^ {2}Blob ID: +([0-9a-f-]{36})\s*$/m);
  const cursor = first(/^ {2}Cursor: +(\d{1,15})\s*\n/m);
  const fanOut = first(/^ {2}Fan-out: pushing to (\d{1,6}) secondary/m);
  return {
    ...(peer === undefined ? {} : { peer }),
    ...(ourEndpointId === undefined ? {} : { ourEndpointId }),
    ...(blobId === undefined ? {} : { blobId }),
    ...(cursor === undefined ? {} : { cursor: Number(cursor) }),
    ...(fanOut === undefined ? {} : { fanOut: Number(fanOut) }),
  };
}

/** `  Error: all relays failed: ` has an empty reason when there is one relay only. */
function queuedReason(stdout: string): string {
  const reason = /^ {2}Error: (.*)$/m.exec(stdout)?.[1]?.trim().slice(0, WORDS_KEPT) ?? '';
  return `Push queued (offline mode): ${reason === '' ? 'no reason given' : reason}`;
}

function lastWords(stdout: string, stderr: string): string {
  const words = `${stdout}\n${stderr}`.trim();
  return words === '' ? 'printed nothing' : `cut short after: ${words.slice(-WORDS_KEPT).replace(/\s*\n\s*/g, ' / ')}`;
}
