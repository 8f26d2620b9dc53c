import { ApplicationFailure } from '@temporalio/common';
import type { Steps } from '../../src/contract/steps.ts';
import type { Call, StepName, World } from '../workflows/world.ts';
import type { Attempt, Ending } from './activities.ts';
import type { Mishap } from './case.ts';
import { Hold } from './hold.ts';
import { GuardsWatch } from './guards-watch.ts';
import { Unreachable } from './machines.ts';
import type { Ground } from './steps-on-machines.ts';
import { worse } from './worse-answers.ts';

export const REFUSED = 'refused by the machine';

/** One attempt, from its begin until nobody is interested any more. */
interface Work {
  attempt: Attempt;
  call: Call;
  hold?: Hold | GuardsWatch;
  /** Its worker is gone: nothing is said any more. */
  isDead: boolean;
  /** It was told to stop, and does. */
  isStopped: boolean;
}

interface Around {
  ground: Ground;
  world: World;
  steps: Omit<Steps, 'hold' | 'watchGuards'>;
  mishaps: Mishap[];
  roll: () => number;
  report: (attempt: Attempt, ending: Ending) => void;
  fallenSilent: (attempt: Attempt) => void;
  isRunGone: () => boolean;
}

/** The worker's activities, each attempt with its time, its mishaps and its end. */
export class Worker {
  /** Mishaps that the server heard of, as answers or refusals. */
  readonly met = new Set<Mishap>();
  /** When work of an attempt that was given up came to a machine all the same. */
  lastLate = 0;
  readonly #around: Around;
  readonly #atWork = new Set<Work>();
  readonly #calls = new Map<string, number[]>();

  constructor(around: Around) {
    this.#around = around;
  }

  begin(attempt: Attempt): void {
    const { name, seq, queue, ask } = attempt.activity;
    const call: Call = {
      name,
      nth: this.#nth(name, seq),
      attempt: attempt.number,
      queue,
      ask,
      ended: null,
      meanwhile: [],
    };
    const work: Work = { attempt, call, isDead: false, isStopped: false };
    this.#atWork.add(work);
    this.#around.world.begin(call);
    const mishap = this.#around.mishaps.find(
      ({ step, nth, attempts }) => step === name && nth === call.nth && call.attempt <= attempts,
    );
    if (name === 'hold' || name === 'watchGuards') this.#hold(work, mishap);
    else this.#work(work, mishap);
  }

  /** The server has given it up. */
  lost(attempt: Attempt): void {
    for (const work of this.#atWork) if (work.attempt === attempt) this.#over(work, 'badly');
  }

  /** What was under way on a machine may get there all the same, and later than anybody thinks. */
  die(): void {
    for (const work of this.#atWork) {
      if (work.isDead) continue;
      work.isDead = true;
      work.hold?.die();
      this.#around.fallenSilent(work.attempt);
    }
  }

  #hold(work: Work, mishap: Mishap | undefined): void {
    const { ground, isRunGone, fallenSilent } = this.#around;
    if (mishap?.kind === 'refused') return this.#end(work, refusal(), mishap);
    const report = (ending: Ending): void => this.#end(work, ending);
    const { attempt } = work;
    work.hold =
      attempt.activity.name === 'hold'
        ? new Hold(ground, attempt, isRunGone, report)
        : new GuardsWatch(ground, attempt, report);
    if (mishap) {
      work.isDead = true;
      work.hold.die();
      fallenSilent(work.attempt);
    }
  }

  #work(work: Work, mishap: Mishap | undefined): void {
    const { ground, roll, fallenSilent } = this.#around;
    const kind = mishap?.kind;
    const isSilent = kind === 'silent before its work' || kind === 'silent after its work';
    const late = kind === 'slow' || kind === 'silent before its work' ? (mishap?.seconds ?? 0) * 1000 : 0;
    if (isSilent) {
      work.isDead = true;
      fallenSilent(work.attempt);
    }
    work.attempt.told = () => this.#told(work);
    ground.timeline.in(20 + roll() ** 3 * 4_000 + late, () => this.#act(work, mishap));
  }

  #told(work: Work): void {
    if (work.isDead || work.isStopped || this.#around.roll() > 0.5) return;
    work.isStopped = true;
    this.#around.ground.timeline.in(10, () => this.#end(work, { how: 'cancelled' }));
  }

  async #act(work: Work, mishap: Mishap | undefined): Promise<void> {
    const { ground, steps, roll } = this.#around;
    const { call, attempt } = work;
    if (work.isStopped) return;
    // What a worker had asked of a machine when it died is done in half of the cases.
    if (work.isDead && mishap === undefined && roll() > 0.5) return;
    if (call.ended !== null) this.lastLate = ground.timeline.now;
    if (mishap?.kind === 'refused') return this.#end(work, refusal(), mishap);
    if (mishap?.kind === 'torn') return this.#end(work, torn(), mishap);
    let ending: Ending;
    let isAsPlanned = true;
    try {
      const act = steps[attempt.activity.name as Exclude<StepName, 'hold' | 'watchGuards'>] as (
        ask: unknown,
      ) => Promise<unknown>;
      const value = await act(call.ask);
      ending = { how: 'well', value: mishap?.kind === 'answers badly' ? worse(call.name, value) : value };
      if (mishap?.kind === 'refused after its work') ending = refusal();
      if (mishap?.kind === 'unheard') ending = torn();
    } catch (error) {
      ending = endingOf(error);
      isAsPlanned = false;
    }
    ground.timeline.in(10 + roll() * 200, () => this.#end(work, ending, isAsPlanned ? mishap : undefined));
  }

  #end(work: Work, ending: Ending, mishap?: Mishap): void {
    if (work.isDead || !this.#atWork.has(work)) return;
    if (mishap && work.attempt.activity.current === work.attempt) this.met.add(mishap);
    this.#over(work, ending.how === 'well' ? 'well' : 'badly');
    this.#around.report(work.attempt, ending);
  }

  #over(work: Work, how: 'well' | 'badly'): void {
    if (this.#atWork.delete(work)) this.#around.world.end(work.call, how);
  }

  #nth(name: string, seq: number): number {
    const seqs = this.#calls.get(name) ?? [];
    this.#calls.set(name, seqs);
    if (!seqs.includes(seq)) seqs.push(seq);
    return seqs.indexOf(seq) + 1;
  }
}

const refusal = (): Ending => ({ how: 'badly', type: 'CommandFailed', message: REFUSED, isFinal: true });
const torn = (): Ending => ({
  how: 'badly',
  type: 'HostUnreachable',
  message: 'the connection is gone',
  isFinal: false,
});

function endingOf(error: unknown): Ending {
  const { message } = error as Error;
  if (error instanceof Unreachable) return { how: 'badly', type: 'HostUnreachable', message, isFinal: false };
  if (!(error instanceof ApplicationFailure)) throw error;
  return { how: 'badly', type: error.type ?? '', message, isFinal: error.nonRetryable === true };
}
