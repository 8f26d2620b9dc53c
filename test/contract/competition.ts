import { strict as assert } from 'node:assert';
import { collision } from '../../src/contract/fleet-lock.ts';
import type { LockReply, LockRequest, LockState } from '../../src/contract/fleet-lock.ts';
import { competitors, type Competition, type Run } from './competitors.ts';
import { FencedMachines } from './fenced-machines.ts';

/** The lock that is competed for: the pure one, or the workflow. */
export interface LockPort {
  acquire(request: LockRequest): Promise<LockReply>;
  release(owner: string): Promise<void>;
  state(): Promise<LockState>;
}

/** Nobody joins a longer one. */
const LONGEST_LINE = 20;

/** Lets all of them come, be granted, break things, end, die and come back from the dead, until nobody is left. Throws at the first breach. */
export class Contest {
  readonly machines = new FencedMachines();
  /** Late injects of workers that came back, and how many of those were refused. */
  readonly late = { tried: 0, refused: 0 };
  readonly #port: LockPort;
  readonly #choices: Iterator<number>;
  readonly #toCome: Run[];
  readonly #runs = new Map<string, Run>();
  readonly #frozen: Run[] = [];
  #state: LockState = { holders: [], waiting: [], lastToken: 0 };
  #crowds = 0;

  constructor(port: LockPort, { runs, choices }: Competition) {
    this.#port = port;
    this.#choices = choices;
    this.#toCome = competitors(runs);
  }

  async play(): Promise<void> {
    const steps = this.#toCome.length * 60;
    for (let step = 0; this.#goesOn(); step += 1) {
      if (step === steps) assert.fail(`after ${step} steps: ${JSON.stringify(this.#state)}`);
      await this.#next();
    }
    for (const run of [...this.#frozen]) this.#thaw(run);
    this.#checkOrder();
    assert.equal(this.machines.standing.size, 0);
    assert.equal(this.late.refused, this.late.tried);
  }

  #goesOn(): boolean {
    return this.#toCome.length + this.#state.holders.length + this.#state.waiting.length > 0;
  }

  #draw = (below: number): number => Number(this.#choices.next().value) % below;
  #one = <T>(many: T[]): T | undefined => many[this.#draw(Math.max(1, many.length))];

  async #next(): Promise<void> {
    const alive = this.#state.holders.map(({ owner }) => this.#of(owner)).filter(({ isGone }) => !isGone);
    const waiter = this.#one(this.#state.waiting.map(({ owner }) => this.#of(owner)));
    const back = this.#one(this.#frozen);
    const isFull = this.#state.waiting.length > LONGEST_LINE || this.#toCome.length === 0;
    switch (this.#draw(8)) {
      case 0:
      case 1:
        return isFull ? undefined : this.#arrive();
      case 2:
        return waiter && this.#wait(waiter);
      case 3:
        return back && this.#thaw(back);
      default: {
        const holder = this.#one(alive);
        return holder ? this.#work(holder) : waiter && this.#wait(waiter);
      }
    }
  }

  #of = (owner: string): Run => this.#runs.get(owner) as Run;

  async #arrive(): Promise<void> {
    const others = Math.max(1, this.#toCome.length - 1);
    const crowd = this.#toCome.splice(0, Math.min(others, 1 + this.#draw(4)));
    this.#crowds += 1;
    for (const run of crowd) this.#runs.set(run.owner, Object.assign(run, { crowd: this.#crowds }));
    await Promise.all(crowd.map((run) => this.#port.acquire(run)));
    await this.#look();
  }

  /** One step of a holder's life. */
  async #work(run: Run): Promise<void> {
    const strikes = run.fate !== 'ends' && this.#draw(3) === 0;
    if (strikes && run.fate === 'is cancelled') return this.#finish(run);
    if (strikes) return this.#die(run);
    if (run.stage === 'holds') return this.#fenceOff(run);
    if (run.stage === 'breaks') return this.#finish(run);
    assert.equal(this.machines.inject(run, run.token ?? 0), 'armed', `${run.owner} holds, and may not break`);
    run.stage = 'breaks';
  }

  #fenceOff(run: Run): void {
    this.machines.raise(run.exclusive, run.token ?? 0);
    run.stage = 'is fenced off';
  }

  #die(run: Run): void {
    run.isGone = true;
    if (run.fate === 'freezes') this.#frozen.push(run);
  }

  /** As the frame ends: healed, shut out, unlocked. */
  async #finish(run: Run): Promise<void> {
    this.#putAway(run);
    await this.#port.release(run.owner);
    await this.#look();
  }

  #putAway(run: Run): void {
    if (run.token !== undefined) this.machines.raise(run.exclusive, run.token + 1);
    this.machines.heal(run.owner);
    run.stage = 'is over';
  }

  /** A waiter asks again, leaves or dies in the line, or takes over from those ahead that are gone. */
  async #wait(run: Run): Promise<void> {
    if (run.fate === 'is cancelled' && this.#draw(4) === 0) return this.#finish(run);
    if (run.fate === 'dies' && this.#draw(4) === 0) run.isGone = true;
    if (run.isGone) return;
    const asked = await this.#port.acquire(run);
    const ahead = asked.granted ? [] : asked.ahead.map(({ owner }) => this.#of(owner));
    const gone = ahead.filter(({ isGone }) => isGone);
    for (const one of gone) this.#putAway(one);
    if (gone.length > 0) await this.#port.acquire({ ...run, gone: gone.map(({ owner }) => owner) });
    await this.#look();
  }

  /** A worker comes back and goes on where it was: while its run still holds, nobody else was granted. */
  #thaw(run: Run): void {
    const reply = this.machines.inject(run, run.token ?? 0);
    if (this.#state.holders.some(({ owner }) => owner === run.owner)) return assert.equal(reply, 'armed');
    this.#frozen.splice(this.#frozen.indexOf(run), 1);
    if (run.exclusive.length === 0) return;
    this.late.tried += 1;
    if (reply === 'fenced') this.late.refused += 1;
  }

  async #look(): Promise<void> {
    this.#state = await this.#port.state();
    const { holders } = this.#state;
    for (const one of holders) {
      const run = this.#of(one.owner);
      assert.ok(run.token === undefined || run.token === one.token, `the token of ${one.owner} changed`);
      if (run.stage === 'asks') Object.assign(run, { token: one.token, stage: 'holds' });
      const rival = holders.find((other) => other !== one && collision(one, other) !== undefined);
      assert.equal(rival, undefined, `${one.owner} and ${rival?.owner} hold the same`);
    }
  }

  /** Granted in the order in which they came, wherever they wanted the same; and all that stayed were granted. */
  #checkOrder(): void {
    const runs = [...this.#runs.values()];
    for (const run of runs) {
      assert.ok(run.token !== undefined || run.isGone || run.fate === 'is cancelled', `${run.owner} starved`);
      const passed = runs.find(
        (other) => other.crowd > run.crowd && (other.token ?? Infinity) < (run.token ?? 0) && collision(run, other),
      );
      assert.equal(passed, undefined, `${passed?.owner} passed ${run.owner}`);
    }
  }
}
