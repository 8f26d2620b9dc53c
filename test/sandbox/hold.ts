import { ownerOf } from '../../src/contract/run.ts';
import type { Attempt, Ending } from './activities.ts';
import { Unreachable } from './machines.ts';
import type { Machine } from './machines.ts';
import type { Ground } from './steps-on-machines.ts';

interface HoldAsk {
  leaseSeconds: number;
}

/** Beside the run, as `src/activities/hold.ts` does it: renews until it is told to stop, and heals where the run is gone. */
export class Hold {
  #isOver = false;
  readonly #ground: Ground;
  readonly #attempt: Attempt;

  constructor(ground: Ground, attempt: Attempt, isRunGone: () => boolean, report: (ending: Ending) => void) {
    this.#ground = ground;
    this.#attempt = attempt;
    attempt.told = (why) => {
      if (this.#isOver) return;
      this.#isOver = true;
      if (why === 'gone' && isRunGone())
        ground.timeline.in(50, () => this.#each((one, owner) => one.healOwner(owner, 'hold')));
      report({ how: 'cancelled' });
    };
    this.#renew();
  }

  /** With its worker. */
  die(): void {
    this.#isOver = true;
  }

  #renew(): void {
    if (this.#isOver) return;
    const ms = (this.#attempt.activity.ask as unknown as HoldAsk).leaseSeconds * 1000;
    this.#each((machine, owner) => machine.renew(owner, ms));
    this.#ground.timeline.in(ms / 4, () => this.#renew());
  }

  #each(act: (machine: Machine, owner: string) => void): void {
    for (const machine of this.#ground.machines.all) {
      try {
        machine.reach();
        act(machine, ownerOf(this.#attempt.activity.ask.run));
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
      }
    }
  }
}
