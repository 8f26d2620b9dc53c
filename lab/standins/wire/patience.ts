/** Ticks in which nothing may be heard before we give up. */
const TICKS = 10;

/**
 * Calls `onQuiet` once nothing was heard for `quietMs`. It counts ticks, not time: a process that gets no CPU, as on a
 * busy emulated machine, must not take its own slowness for the silence of others.
 */
export class Patience {
  readonly #timer: NodeJS.Timeout;
  #ticks = 0;

  constructor(quietMs: number, onQuiet: () => void) {
    this.#timer = setInterval(() => {
      this.#ticks++;
      if (this.#ticks < TICKS) return;
      this.stop();
      onQuiet();
    }, quietMs / TICKS);
  }

  heard(): void {
    this.#ticks = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
