/** Keeps the last `limit` bytes of a stream, so that no output can fill the memory. */
export class Tail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  truncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) >= this.#limit && this.#chunks.length > 1) {
      this.#bytes -= this.#chunks.shift()?.length ?? 0;
      this.truncated = true;
    }
  }

  bytes(): Buffer {
    const all = Buffer.concat(this.#chunks);
    if (all.length <= this.#limit) return all;
    this.truncated = true;
    return all.subarray(all.length - this.#limit);
  }
}

/** Keeps the first `limit` bytes of a stream. */
export class Head {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#bytes >= this.#limit;
  }

  push(chunk: Buffer): void {
    if (this.full) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks).subarray(0, this.#limit);
  }
}
