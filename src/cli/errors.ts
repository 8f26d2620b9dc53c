import { CommanderError } from 'commander';
import { EXIT } from '../report/exit-code.ts';

/** Why a command ends without having done its work; the message is all that a person needs. */
export class CliError extends Error {
  override name = 'CliError';
  readonly kind: string;
  readonly exitCode: number;
  constructor(kind: string, message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.exitCode = exitCode;
  }
}

export const badInput = (message: string, options?: ErrorOptions): CliError =>
  new CliError('BadInput', message, EXIT.badInput, options);

/** An error as a person reads it. `stack`: it is a bug of ours. */
export interface Told {
  kind: string;
  message: string;
  exitCode: number;
  stack?: string;
}

/** By name, so that no command pays for loading what it does not use. */
const EXPECTED: Record<string, { kind: string; exitCode: number }> = {
  TemporalError: { kind: 'GroundFailed', exitCode: EXIT.badInput },
  ServiceError: { kind: 'GroundFailed', exitCode: EXIT.badInput },
  WorkflowNotFoundError: { kind: 'BadInput', exitCode: EXIT.badInput },
  HostError: { kind: 'HostUnreachable', exitCode: EXIT.inconclusive },
};

/** What a disk or its owner decides, and no mistake of ours. */
const OF_FILES = /^(EACCES|EPERM|EROFS|ENOSPC|EDQUOT|EISDIR|ENOTDIR|EEXIST|ENAMETOOLONG|ELOOP|EIO|EMFILE|ENFILE)$/;

export function tell(error: unknown): Told {
  if (error instanceof CommanderError) {
    return { kind: 'BadInput', message: error.message.replace(/^error: /, ''), exitCode: EXIT.badInput };
  }
  if (!(error instanceof Error)) return bug(new Error(String(error)));
  if (error instanceof CliError) return { kind: error.kind, message: error.message, exitCode: error.exitCode };
  if (isOfLab(error)) {
    const kind = error.exitCode === EXIT.badInput ? 'BadInput' : 'LabFailed';
    return { kind, message: error.message, exitCode: error.exitCode };
  }
  const expected = EXPECTED[error.name];
  if (expected) return { ...expected, message: withCause(error) };
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined && OF_FILES.test(code))
    return { kind: 'GroundFailed', message: error.message, exitCode: EXIT.inconclusive };
  const { kind, type } = error as { kind?: unknown; type?: unknown };
  const known = error.name === 'ApplicationFailure' ? type : kind;
  if (typeof known !== 'string') return bug(error);
  return { kind: known, message: error.message, exitCode: known === 'BadInput' ? EXIT.badInput : EXIT.inconclusive };
}

const isOfLab = (error: Error): error is Error & { exitCode: number } => error.name === 'LabError';

const bug = (error: Error): Told => ({
  kind: 'Bug',
  message: `${error.message}\nThis is a bug of 0k-chaos. ZEROK_CHAOS_DEBUG=1 shows where it happened.`,
  exitCode: EXIT.inconclusive,
  stack: error.stack ?? error.message,
});

/** gRPC's own reason stands in the cause. */
const withCause = ({ name, message, cause }: Error): string =>
  name === 'ServiceError' && cause instanceof Error ? `${message}: ${cause.message}` : message;
