import type { Deck } from '../contract/message-spec.ts';
import type { Message, RunRef } from '../contract/run.ts';
import type { Admitted } from '../contract/steps.ts';
import type { StandingFaults } from './faults.ts';
import type { RunState } from './run-state.ts';

/** What the words of the harness work with. */
export interface RunContext {
  run: RunRef;
  admitted: Admitted;
  faults: StandingFaults;
  state: RunState;
  deck: Deck;
  /** Everything that was pushed, in that order. */
  pushed: Message[];
}
