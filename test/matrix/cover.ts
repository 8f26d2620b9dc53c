import type { Cell } from './axes.ts';

/** Numbers from 0 to 1, the same for the same seed. Source: mulberry32. */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const next = numbersFrom(seed);
  return items
    .map((item) => ({ item, at: next() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

/** What one cell covers: each value of each axis, and each pair of values of two axes. */
export const partsOf = ({ fault, boundary, death }: Cell): { values: string[]; pairs: string[] } => ({
  values: [fault, boundary, death],
  pairs: [`${fault}|${boundary}`, `${fault}|${death}`, `${boundary}|${death}`],
});

/**
 * `count` of the cells: those first that show a value not shown yet, then those that show most pairs not shown yet. The same for the
 * same seed.
 */
export function cover(cells: readonly Cell[], count: number, seed: number): Cell[] {
  const rest = shuffled(cells, seed).map((cell) => ({ cell, parts: partsOf(cell) }));
  const seen = new Set<string>();
  const news = (all: string[]): number => all.filter((one) => !seen.has(one)).length;
  const taken: Cell[] = [];
  while (taken.length < count && rest.length > 0) {
    const worth = rest.map(({ parts }) => news(parts.values) * 10 + news(parts.pairs));
    for (const { cell, parts } of rest.splice(worth.indexOf(Math.max(...worth)), 1)) {
      for (const part of [...parts.values, ...parts.pairs]) seen.add(part);
      taken.push(cell);
    }
  }
  return taken;
}
