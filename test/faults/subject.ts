import type { Fault } from '../../src/faults/fault.ts';
import type { ScratchMachine } from './scratch-machine.ts';

/** A fault as its contract test sees it. */
export interface Subject<P> {
  name: string;
  fault: Fault<P>;
  /** Resolved for the fault of this id, on the machine that `prepare` made. */
  params: (id: string) => P;
  prepare?: (machine: ScratchMachine) => Promise<void>;
  /** What Compose does, for faults that act through it. */
  act?: (machine: ScratchMachine) => Promise<void>;
  /** What somebody with a shell would do to end it. */
  endByHand: (machine: ScratchMachine) => Promise<void>;
  /** Somebody else has the bearer. Answers with how it looks: the same text before and after. */
  plantForeign?: (machine: ScratchMachine) => Promise<() => Promise<string>>;
  /** For faults that end by themselves. */
  endsItself?: true;
  /** Default: all. For further ways of a fault whose words are tried under all shells already. */
  shells?: (keyof typeof SHELLS)[];
}

export const SHELLS = { dash: ['dash'], 'busybox ash': ['busybox', 'sh'], bash: ['bash', '--posix'] };
