import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { SIGNAL_SLOW, slowHealIn, slowLine, type SlowHeal } from '../contract/slow-heal.ts';
import type { Phase, RunState } from './run-state.ts';

/** What is tried without end and takes long: people see it in phase, progress and details for as long as it does. */
export class SlowHeals {
  readonly #state: Pick<RunState, 'phase' | 'enter' | 'note'>;
  readonly #underWay = new Set<string>();
  readonly #slow = new Map<string, SlowHeal>();
  #before: Phase | undefined;

  constructor(state: Pick<RunState, 'phase' | 'enter' | 'note'>) {
    this.#state = state;
    const description = 'Sent by an activity that is tried without end and takes long';
    setHandler(defineSignal<[SlowHeal]>(SIGNAL_SLOW), (said) => this.#tell(said), { description });
  }

  get all(): SlowHeal[] {
    return [...this.#slow.values()];
  }

  /** `what`: the summary of the activity that `act` is. */
  async watch<T>(what: string, act: (what: string) => Promise<T>): Promise<T> {
    this.#underWay.add(what);
    try {
      return await act(what);
    } finally {
      this.#underWay.delete(what);
      if (this.#slow.delete(what) && this.#slow.size === 0 && this.#before) this.#state.enter(this.#before);
    }
  }

  /** `done`: what is watched under that name. */
  async untilDoneOrSlow(what: string, done: Promise<unknown>): Promise<void> {
    await Promise.race([done, condition(() => this.#slow.has(what))]);
  }

  #tell(said: unknown): void {
    // Anybody may send a signal, and an error in its handler would end the run, with its faults standing.
    const told = slowHealIn(said);
    if (told === undefined) return;
    // One that comes after its heal is no news.
    if (!this.#underWay.has(told.what)) return;
    if (this.#slow.size === 0) this.#before = this.#state.phase;
    this.#slow.set(told.what, told);
    this.#state.note(`${slowLine(told)}; it is tried until it is done`);
    if (this.#state.phase !== 'healing (slow)') this.#state.enter('healing (slow)');
  }
}
