import { CancellationScope } from '@temporalio/workflow';

/** A body and everything that it begins: once it is over, nothing of it goes on, and nothing new begins. */
export class BodyScope {
  readonly #scope = new CancellationScope();
  readonly #begun: Promise<unknown>[] = [];

  /** What it leaves under way, such as the losers of a race, is told to stop. */
  async run(act: () => Promise<void>): Promise<void> {
    try {
      await this.#scope.run(act);
    } finally {
      this.#scope.cancel();
    }
  }

  /** The same words, remembered when they are begun. A word that nobody waits for is no reason to fail a task for ever. */
  remembering<W extends object>(words: W): W {
    const remember = <A extends unknown[], R>(word: (...args: A) => Promise<R>) => {
      return (...args: A): Promise<R> => {
        const begun = word(...args);
        this.#begun.push(begun.catch(() => undefined));
        return begun;
      };
    };
    const entries = Object.entries(words).map(([name, word]) => [
      name,
      typeof word === 'function' ? remember(word as () => Promise<unknown>) : (word as unknown),
    ]);
    return Object.fromEntries(entries) as W;
  }

  /** Until everything that it began has come to its end. */
  async settled(): Promise<void> {
    await Promise.all(this.#begun);
  }
}
