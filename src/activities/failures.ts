import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
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
  // A command that was ended because the run is aborted is no trouble of the tool: the run ends as cancelled.
  if (error.kind === 'aborted' && Context.current().cancellationDetails?.cancelRequested === true)
    return new CancelledFailure(error.message);
  if (error.kind === 'denied' || error.kind === 'host-key' || error.kind === 'missing') {
    return failure('GroundFailed', error.message);
  }
  return failure(error.kind === 'unreachable' ? 'HostUnreachable' : 'CommandFailed', error.message);
}

/** For what is tried without end: no trouble is so grave that nobody comes back to mend it. */
export function asRetried(error: unknown): unknown {
  if (!(error instanceof ApplicationFailure) || !error.nonRetryable) return error;
  const { type, message, cause } = error;
  return ApplicationFailure.create({ type: type ?? 'HealFailed', message, ...(cause ? { cause } : {}) });
}
