import type { FaultSpec } from '../../src/contract/fault-spec.ts';
import type { HealedBy, RunRef, RunResult } from '../../src/contract/run.ts';
import type { FaultAsk, Steps } from '../../src/contract/steps.ts';

export type StepName = keyof Steps;

/** One attempt of one activity, as the simulated machines see it. */
export interface Call {
  name: StepName;
  /** The how-manieth call of this activity in its run, from 1; all attempts of one call share it. */
  nth: number;
  attempt: number;
  queue: string;
  ask: { run: RunRef } & Partial<FaultAsk>;
  ended: 'well' | 'badly' | null;
  /** Names of the calls that began and ended while this one was at work. */
  meanwhile: string[];
}

/** The simulated machines of one run: what stands on them, and everything that was done to them. */
export class World {
  readonly calls: Call[] = [];
  readonly standing = new Map<string, FaultSpec>();
  readonly healed = new Map<string, HealedBy>();
  /** What `conclude` was told. */
  readonly results: RunResult[] = [];
  /** Breaches of what the frame owes to machines, whatever happens to a run. */
  readonly breaches: string[] = [];
  /** Why a guard of the fleet has failed for long; undefined: none has. */
  guardBroken: string | undefined;
  isLocked = false;
  isArranged = false;
  /** Something that is healed was said to take long: the others are healed beside it. */
  isSlow = false;
  /** A body may heal while it injects or heals something else: the frame may not. */
  isBodyAtWork = false;

  /** The calls in order, but the hold's: `heal relay-1` where they speak of one target. Attempts count once; the first may have been lost on its way. */
  get story(): string[] {
    const isFirst = ({ name, nth }: Call, at: number): boolean =>
      this.calls.findIndex((call) => call.name === name && call.nth === nth) === at;
    return this.calls
      .filter((call, at) => call.name !== 'hold' && isFirst(call, at))
      .map(({ name, ask }) => (ask.spec === undefined ? name : `${name} ${ask.spec.target}`));
  }

  of(name: StepName): Call[] {
    return this.calls.filter((call) => call.name === name);
  }

  isUnderWay(name: StepName): boolean {
    return this.of(name).some(({ ended }) => ended === null);
  }

  begin(call: Call): void {
    const { name, ask } = call;
    const needsLock = !['admit', 'lock', 'unlock', 'hold'].includes(name);
    this.#breach(needsLock && !this.isLocked, `${name} without the lock`);
    this.#breach(name === 'inject' && this.healed.has(ask.id ?? ''), `${ask.id} injected after its heal`);
    this.#breach(name === 'push' && !this.isArranged, 'a push before the clients are arranged');
    const isFrameHealing = name === 'heal' && !this.isBodyAtWork;
    this.#breach(isFrameHealing && this.isUnderWay('inject'), 'a heal while an inject is under way');
    this.#breach(isFrameHealing && !this.isSlow && this.isUnderWay('heal'), 'two heals at once');
    this.#breach(name === 'verify' && this.isUnderWay('heal'), 'verifying while a heal is under way');
    this.#breach(name === 'invariants' && this.isUnderWay('awaitDelivery'), 'a client asked by two at once');
    this.#breach(name === 'conclude' && this.isUnderWay('hold'), 'concluding while the hold is under way');
    this.calls.push(call);
  }

  end(call: Call, how: 'well' | 'badly'): void {
    call.ended = how;
    for (const other of this.calls) if (other.ended === null) other.meanwhile.push(call.name);
  }

  #breach(happened: boolean, what: string): void {
    if (happened) this.breaches.push(what);
  }
}
