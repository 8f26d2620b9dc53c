import type { StepName } from '../workflows/world.ts';
import type { Step } from './program.ts';

/** What one step does otherwise: at the `nth` call of it. */
export interface Mishap {
  step: StepName;
  nth: number;
  kind:
    | 'refused'
    | 'refused after its work'
    | 'torn'
    | 'unheard'
    | 'silent before its work'
    | 'silent after its work'
    | 'slow'
    | 'answers badly';
  /** In so many first attempts; what is refused, is so at once. */
  attempts: number;
  /** Of what is slow or silent: until its work arrives at the machine. */
  seconds: number;
}

/** What happens to the run from outside, so long after its nth workflow task. */
export interface Happening {
  kind:
    | 'cancel'
    | 'terminate'
    | 'worker dies'
    | 'task is lost'
    | 'server is down'
    | 'machine is cut off'
    | 'machine loses power'
    | 'somebody heals'
    | 'a person heals'
    | 'its lock is taken'
    | 'the brake is pulled'
    | 'a guard fails';
  afterTask: number;
  afterMs: number;
  /** How long it lasts, where it does. */
  seconds: number;
  /** Of machine or fault: which one. */
  which: number;
}

/** Everything that is to be chosen for one run. All else follows from it. */
export interface Case {
  /** A scenario of the catalogue, or the program below. */
  type: string;
  program: Step[];
  mishaps: Mishap[];
  happenings: Happening[];
  leaseSeconds: number;
  /** What every duration is drawn from; 0: all are short and alike. */
  pace: number;
}
