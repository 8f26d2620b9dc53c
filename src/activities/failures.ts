import { ApplicationFailure } from '@temporalio/activity';
import type { ErrorKind } from '../contract/errors.ts';
import { NEVER_RETRIED } from '../contract/errors.ts';
import { HostError } from '../hosts/host.ts';

/** A failure of one of our kinds; whether it is retried follows from the kind. */
export const failure = (kind: ErrorKind, message: string, cause?: unknown): ApplicationFailure =>
  ApplicationFailure.create({
    type: kind,
    message,
    nonRetryable: NEVER_RETRIED.includes(kind),
    ...(cause instanceof Error ? { cause } : {}),
  });

/** Turns what hosts throw into one of our kinds; everything else passes as it is. */
export function asFailure(error: unknown): unknown {
  if (!(error instanceof HostError)) return error;
  if (error.kind === 'denied' || error.kind === 'host-key' || error.kind === 'missing') {
    return failure('GroundFailed', error.message);
  }
  return failure(error.kind === 'unreachable' ? 'HostUnreachable' : 'CommandFailed', error.message);
}
