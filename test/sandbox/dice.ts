/** Numbers from 0 to 1 by a seed (mulberry32); of the seed 0 always 0, so that a shrunk case has nothing odd in its times. */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    if (seed === 0) return 0;
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
