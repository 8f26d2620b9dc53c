import fc from 'fast-check';
import { cpuMs, HOPELESS_MS } from './hostile-text.ts';

/** Cases of one round of all properties; a night (scripts/fuzz.ts) takes 100 000. */
export const RUNS = Number(process.env['FUZZ_RUNS'] ?? 2000);

/** The same seed makes the same cases: `FUZZ_SEED=… npm test -- --grep fuzzed`. */
export const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

/** Mocha's own deadline, far above what so many cases take on a busy machine. */
export const DEADLINE_MS = 60_000 + RUNS * 100;

/** How many properties share the cases of a round. */
const PROPERTIES = 45;

/** Holds `property` against its share of the cases; one that takes long is as much a failure as one that throws. */
export function fuzz<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => void): void {
  const numRuns = Math.ceil(RUNS / PROPERTIES);
  const quick = (value: T): boolean => cpuMs(() => property(value)) < HOPELESS_MS;
  fc.assert(fc.property(arbitrary, quick), { numRuns, seed: SEED });
}

/** The same for what answers later: its time is bounded by mocha. `among`: how many of the kind share one property's cases. */
export async function fuzzAsync<T>(
  arbitrary: fc.Arbitrary<T>,
  property: (value: T) => Promise<void>,
  among = 1,
): Promise<void> {
  const numRuns = Math.ceil(RUNS / PROPERTIES / among);
  await fc.assert(fc.asyncProperty(arbitrary, property), { numRuns, seed: SEED });
}
