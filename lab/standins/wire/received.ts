/** Ranges told in one ack; older packets have been acknowledged many times by then. */
const MAX_RANGES = 24;

/** Which packet numbers have come, newest first, for acks and against repeats. */
export class ReceivedNumbers {
  #ranges: Array<[first: number, last: number]> = [];

  /** @returns false when the packet was seen before (or is so old that we cannot tell). */
  add(number: number): boolean {
    const ranges = this.#ranges;
    const oldest = ranges.at(-1);
    if (ranges.length >= MAX_RANGES && oldest !== undefined && number < oldest[0]) return false;
    let i = 0;
    while (i < ranges.length && (ranges[i]?.[0] ?? 0) > number) i++;
    const at = ranges[i];
    if (at !== undefined && number <= at[1]) return false;
    ranges.splice(i, 0, [number, number]);
    this.#join(i);
    this.#join(i - 1);
    if (ranges.length > MAX_RANGES) ranges.length = MAX_RANGES;
    return true;
  }

  get hasGaps(): boolean {
    return this.#ranges.length > 1;
  }

  ranges(): Array<[number, number]> {
    return this.#ranges.map(([first, last]) => [first, last]);
  }

  /** Joins range `i` with the older one after it when they touch. */
  #join(i: number): void {
    const newer = this.#ranges[i];
    const older = this.#ranges[i + 1];
    if (newer === undefined || older === undefined || newer[0] !== older[1] + 1) return;
    this.#ranges.splice(i, 2, [older[0], newer[1]]);
  }
}

/** Puts stream data in order again. */
export class Reassembly {
  #next = 0;
  readonly #early = new Map<number, Buffer>();

  /** @returns the data that can be delivered now, in order. Chunks are cut once by the sender, so they never overlap. */
  add(offset: number, data: Buffer): Buffer[] {
    if (offset < this.#next || this.#early.has(offset)) return [];
    this.#early.set(offset, data);
    const ready: Buffer[] = [];
    for (let chunk = this.#early.get(this.#next); chunk !== undefined; chunk = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      this.#next += chunk.length;
      ready.push(chunk);
    }
    return ready;
  }
}
