/**
 * The `type` of every `ApplicationFailure` of 0k-chaos: a short closed list. Nobody matches on message text.
 *
 * - `BadInput`: a person's mistake in a workflow input or a fleet file. Never retried.
 * - `GroundFailed`: a machine, relay, client or tool is not as a run needs it; nothing was broken yet. Never retried.
 * - `TargetBusy`: another run, or somebody else's rule, qdisc or container state, holds what this run wants to break. Never retried.
 * - `HostUnreachable`: no SSH connection, or no Docker engine. Retried.
 * - `CommandFailed`: a command on a machine ended badly. Retried where that is safe.
 * - `Braked`: the brake is on, so nothing may be broken. Never retried: it stays on until a person takes it off.
 * - `InjectFailed`: a fault could not be put in place. Never retried: whatever was done is healed.
 * - `HealFailed`: a fault still stands after its heal. Retried without end.
 * - `ClaimFailed`, `Inconclusive`: the verdicts that end a workflow red.
 */
export type ErrorKind =
  | 'BadInput'
  | 'GroundFailed'
  | 'TargetBusy'
  | 'HostUnreachable'
  | 'CommandFailed'
  | 'Braked'
  | 'InjectFailed'
  | 'HealFailed'
  | 'ClaimFailed'
  | 'Inconclusive';

export const NEVER_RETRIED: ErrorKind[] = ['BadInput', 'GroundFailed', 'TargetBusy', 'Braked', 'InjectFailed'];
