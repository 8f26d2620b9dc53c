/**
 * Which messages a run pushes: `lines` are short lines of text; `mixed` has all shapes that fit many times into one answer of a
 * relay; `large` begins with one of 66 kB and one of about 64 KiB, `full` with one of 600 kB and one of 66 kB; `beyond` with two of 600 kB, which 0.1.0 never gives back.
 */
export type Payload = 'lines' | 'mixed' | 'large' | 'full' | 'beyond';
export const PAYLOADS: Payload[] = ['lines', 'mixed', 'large', 'full', 'beyond'];

/** - `look-alike`: lines that the client itself prints. `dash`: begins like an option, with what some program takes for an escape. `block`: several lines, some empty. */
export type Shape = 'line' | 'byte' | 'unicode' | 'block' | 'look-alike' | 'dash' | 'kilo' | 'brim' | 'large' | 'huge';

/** A message without its text, which may be long: the same spec in the same run is the same text (src/zerok/text.ts). */
export interface MessageSpec {
  /** `m-1` is the first of its run. */
  id: string;
  shape: Shape;
  /** Length in UTF-8. */
  bytes: number;
  /** Seed of the run. */
  seed: number;
}

/** All that steps are told of a message: what came of it stays out of what they are asked. */
export const specOf = ({ id, shape, bytes, seed }: MessageSpec): MessageSpec => ({ id, shape, bytes, seed });

/** Pushed before anything is broken; its id is of no deck. */
export const firstMessage = (seed: number): MessageSpec => ({ id: 'm-0', shape: 'line', bytes: 48, seed });

const MIXED: Shape[] = ['line', 'unicode', 'block', 'look-alike', 'byte', 'dash', 'kilo'];
/** Dealt first, and once. All but `beyond` stay below what a relay can answer at once: 1 MiB on the wire, each byte taking 1.5. */
const ONCE: Record<Payload, Shape[]> = {
  ...{ lines: [], mixed: [], large: ['brim', 'large'], full: ['large', 'huge'] },
  beyond: ['huge', 'huge'],
};

/** 64 KiB as it is or, with the 40 bytes of a blob, encrypted, and one byte less or more. */
const BRIMS = [65_495, 65_496, 65_497, 65_535, 65_536, 65_537];

const BYTES: Record<Shape, (random: () => number) => number> = {
  line: () => 48,
  byte: () => 1,
  unicode: (random) => 60 + Math.floor(random() * 100),
  block: (random) => 60 + Math.floor(random() * 200),
  'look-alike': (random) => 280 + Math.floor(random() * 200),
  dash: () => 80,
  kilo: (random) => 1024 + Math.floor(random() * 1024),
  brim: (random) => BRIMS[Math.floor(random() * BRIMS.length)] ?? 65_536,
  large: () => 66_000,
  huge: () => 600_000,
};

/** Later ones could not be told apart from the first ones. */
const LAST_BYTE = 85;

/** Deals a run's messages from its seed: every shape turns up before one turns up again. Safe in the workflow sandbox. */
export class Deck {
  readonly #seed: number;
  readonly #random: () => number;
  readonly #left: Shape[] = [];
  #dealt = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = randomFrom(seed);
  }

  deal(count: number, payload: Payload): MessageSpec[] {
    return Array.from({ length: count }, () => this.#next(payload));
  }

  #next(payload: Payload): MessageSpec {
    const shape = payload === 'lines' ? 'line' : this.#draw(payload);
    this.#dealt += 1;
    return { id: `m-${this.#dealt}`, shape, bytes: BYTES[shape](this.#random), seed: this.#seed };
  }

  #draw(payload: Payload): Shape {
    if (this.#left.length === 0) {
      const first = this.#dealt === 0 ? ONCE[payload] : [];
      this.#left.push(...shuffled(MIXED, this.#random), ...first);
    }
    const shape = this.#left.pop() ?? 'line';
    return shape === 'byte' && this.#dealt >= LAST_BYTE ? 'line' : shape;
  }
}

function shuffled<T>(items: T[], random: () => number): T[] {
  return items
    .map((item) => [random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** mulberry32: 0 to 1 from 32 bits of seed; small, the same everywhere, good enough to choose with. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
