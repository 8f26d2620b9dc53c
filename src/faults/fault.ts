import type { z } from 'zod';
import type { Argv } from './argv.ts';

/** A look at a machine: the output of `argv` against a shell pattern (as in `case`), so that lease.sh can judge it alone. */
export interface Check {
  argv: Argv;
  /** `*` is any text, newlines too; several patterns with `|`; everything else is itself. The whole output must match. */
  matches: string;
}

/** What Compose is asked to do by the worker: it takes minutes, longer than the machine's lock may be held. */
export interface DockerAction {
  action: 'recreate' | 'rebuild';
  service: string;
}

/**
 * One way to break something: pure. `P` are the resolved params (container ids, devices, addresses), checked by `params`.
 * The heal and the probe stand on the machine before the fault does (lease.sh), so both must be self-contained words.
 */
export interface Fault<P> {
  kind: string;
  params: z.ZodType<P>;
  /** What on the machine bears the fault, such as `qdisc eth1`: one fault at a time may have it. */
  bearer(params: P): string;
  /** True where a reboot does not undo the fault. */
  outlivesReboot: boolean;
  /** The bearer is nobody else's: inject is refused, with the output as evidence, unless this matches. */
  free(params: P): Check | undefined;
  inject(params: P): Argv[];
  /** Renews a part of the fault that the kernel itself times out; runs with each renewal of the lease. */
  renew?(params: P): Argv[];
  /** Safe to repeat, safe on a healthy machine; proved by `probe`, never by exit codes. */
  heal(params: P): Argv[];
  /** Matches while the fault stands. Words that cannot look (no tool, no engine) never count as healed. */
  probe(params: P): Check;
  /** Matches while anything of the fault is left, where that is more than `probe` sees. A heal is done when it does not match. */
  left?(params: P): Check;
  /** True where it need not stand as soon as it is injected: a signal takes its time, and a restart is over by then. */
  settles?(params: P): boolean;
  /** Acts through Compose after the lease is armed; `inject` is then empty. */
  docker?(params: P): DockerAction | undefined;
}
