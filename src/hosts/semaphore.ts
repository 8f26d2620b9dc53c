export interface Patience {
  signal?: AbortSignal | undefined;
  timeoutMs: number;
}

/** Lets at most `free` holders in at once, first come first served. */
export class Semaphore {
  #free: number;
  #queue: (() => void)[] = [];

  constructor(free: number) {
    this.#free = free;
  }

  /** Resolves with the release (which may be called twice), or with why there was none. */
  async acquire(patience: Patience): Promise<(() => void) | 'aborted' | 'timeout'> {
    if (patience.signal?.aborted) return 'aborted';
    if (this.#free > 0) this.#free -= 1;
    else {
      const refused = await this.#turn(patience);
      if (refused) return refused;
    }
    let held = true;
    return () => {
      if (held) this.#release();
      held = false;
    };
  }

  #turn({ signal, timeoutMs }: Patience): Promise<'aborted' | 'timeout' | undefined> {
    return new Promise((resolve) => {
      const leave = (why?: 'aborted' | 'timeout') => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        this.#queue = this.#queue.filter((waiting) => waiting !== enter);
        resolve(why);
      };
      const enter = () => leave();
      const abort = () => leave('aborted');
      const timer = setTimeout(() => leave('timeout'), timeoutMs);
      signal?.addEventListener('abort', abort, { once: true });
      this.#queue.push(enter);
    });
  }

  #release(): void {
    const next = this.#queue[0];
    if (next) next();
    else this.#free += 1;
  }
}
