/** Pieces that are joined to one before there are more: a program may print, and a machine send, byte by byte. */
const MOST_PIECES = 4_096;

/** Keeps the last `limit` bytes of a stream, so that no output can fill the memory. */
export class Tail {
  readonly #limit: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  truncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    this.#pieces.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > 2 * this.#limit || this.#pieces.length > MOST_PIECES) this.bytes();
  }

  bytes(): Buffer {
    const all = Buffer.concat(this.#pieces);
    const kept = all.subarray(Math.max(0, all.length - this.#limit));
    if (kept.length < all.length) this.truncated = true;
    this.#pieces = [kept];
    this.#bytes = kept.length;
    return kept;
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
