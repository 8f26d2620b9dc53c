import fc from 'fast-check';
import type { LockRequest } from '../../src/contract/fleet-lock.ts';

/** `dies`: its run is terminated, wherever it stands. `freezes`: so it does, but its worker comes back later and goes on. */
export type Fate = 'ends' | 'is cancelled' | 'dies' | 'freezes';

export interface Competition {
  runs: { exclusive: string[]; all: string[]; fate: Fate }[];
  /** What happens next. */
  choices: Iterator<number>;
}

const names = ['relay-1', 'relay-2', 'relay-3', 'machine beast', 'guardian', 'q'];

export const competition = (runs: number): fc.Arbitrary<Competition> =>
  fc.record({
    runs: fc.array(
      fc.record({
        exclusive: fc.subarray(names, { minLength: 0, maxLength: 3 }),
        all: fc.subarray(names, { minLength: 1 }),
        fate: fc.constantFrom<Fate>('ends', 'ends', 'ends', 'ends', 'is cancelled', 'dies', 'freezes'),
      }),
      { minLength: runs, maxLength: runs, size: 'max' },
    ),
    choices: fc.infiniteStream(fc.nat()),
  });

/** One that competes, and how far it has come. */
export interface Run extends LockRequest {
  fate: Fate;
  /** In which crowd it came: those of one crowd ask at once. */
  crowd: number;
  token?: number;
  stage: 'asks' | 'holds' | 'is fenced off' | 'breaks' | 'is over';
  isGone: boolean;
}

/** The last one wants everything: whatever others left is taken from them. */
export function competitors(runs: Competition['runs']): Run[] {
  const all = [...runs, { exclusive: names, all: names, fate: 'ends' as const }];
  return all.map((run, n) => ({
    owner: `run-${n}/1`,
    exclusive: run.exclusive,
    shared: run.all.filter((name) => !run.exclusive.includes(name)),
    ...{ gone: [], fate: run.fate, crowd: 0, stage: 'asks', isGone: false },
  }));
}
