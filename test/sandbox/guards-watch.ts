import type { Attempt, Ending } from './activities.ts';
import type { Ground } from './steps-on-machines.ts';

const LOOK_MS = 1_000;

/** Beside the body, as `src/activities/watch-guards.ts` does it: until a guard has failed for long, or it is told to stop. */
export class GuardsWatch {
  #isOver = false;
  readonly #ground: Ground;
  readonly #report: (ending: Ending) => void;

  constructor(ground: Ground, attempt: Attempt, report: (ending: Ending) => void) {
    this.#ground = ground;
    this.#report = report;
    attempt.told = () => this.#end({ how: 'cancelled' });
    this.#look();
  }

  /** With its worker. */
  die(): void {
    this.#isOver = true;
  }

  #look(): void {
    if (this.#isOver) return;
    const reason = this.#ground.world.guardBroken;
    if (reason === undefined) this.#ground.timeline.in(LOOK_MS, () => this.#look());
    else this.#end({ how: 'well', value: { reason } });
  }

  #end(ending: Ending): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#report(ending);
  }
}
