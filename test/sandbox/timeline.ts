interface Due {
  at: number;
  order: number;
  act: () => void | Promise<void>;
}

/** Virtual time: what is to happen, by its time and then in the order in which it was asked for. */
export class Timeline {
  /** Milliseconds, as a run reads them from its clock. */
  now = Date.parse('2026-01-01T00:00:00Z');
  readonly #due: Due[] = [];
  #order = 0;

  /** @returns what calls it off. */
  in(ms: number, act: Due['act']): () => void {
    const due = { at: this.now + Math.max(0, ms), order: (this.#order += 1), act };
    const place = this.#due.findLastIndex((other) => other.at <= due.at) + 1;
    this.#due.splice(place, 0, due);
    return () => {
      const found = this.#due.indexOf(due);
      if (found >= 0) this.#due.splice(found, 1);
    };
  }

  /** Lets the next thing happen, unless that is later than `until`. @returns whether anything did */
  async next(until: number): Promise<boolean> {
    const [due] = this.#due;
    if (due === undefined || due.at > until) return false;
    this.#due.shift();
    this.now = due.at;
    await due.act();
    return true;
  }
}
