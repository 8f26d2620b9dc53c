import fc from 'fast-check';
import type { StepName } from '../workflows/world.ts';
import type { Case, Happening, Mishap } from './case.ts';
import { FAULT_NAMES, PROGRAM_WORKFLOW } from './program.ts';
import type { Step } from './program.ts';
import { hasWorse } from './worse-answers.ts';

/** What cases are drawn from. Everything shrinks towards a short body, few mishaps and short times. */

const plain: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('inject' as const), what: fc.constantFrom(...FAULT_NAMES) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('heal' as const), nth: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('push' as const, 'deliver' as const, 'missing' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 20 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'bug' as const }) },
);

const steps = (most: number): fc.Arbitrary<Step[]> => fc.array(plain, { maxLength: most });

const nested: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constantFrom('together' as const, 'race' as const),
    branches: fc.array(steps(2), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ do: fc.constantFrom('shrug' as const, 'forget' as const), steps: steps(3) }),
  fc.record({ do: fc.constant('deadline' as const), seconds: fc.integer({ min: 1, max: 5 }), steps: steps(3) }),
);

const program = fc.array(fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: nested }), { maxLength: 6 });

/** Where things go wrong: injects, heals and the hold more often than the rest. */
const STEPS: StepName[] = [
  ...(['inject', 'inject', 'inject', 'heal', 'heal', 'heal', 'hold', 'hold', 'push', 'look', 'gone'] as const),
  ...(['admit', 'lock', 'prepare', 'arrange', 'awaitDelivery', 'invariants', 'verify', 'conclude', 'unlock'] as const),
];

const mishap: fc.Arbitrary<Mishap> = fc
  .record({
    step: fc.constantFrom(...STEPS),
    nth: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom<Mishap['kind'][]>(
      'torn',
      'unheard',
      'refused',
      'refused after its work',
      'silent before its work',
      'silent after its work',
      'slow',
      'answers badly',
    ),
    attempts: fc.integer({ min: 1, max: 3 }),
    seconds: fc.integer({ min: 0, max: 90 }),
  })
  .filter(({ kind, step }) => kind !== 'answers badly' || hasWorse(step));

const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.oneof(
    fc.constantFrom<Happening['kind'][]>('worker dies', 'task is lost', 'cancel'),
    fc.constantFrom<Happening['kind'][]>(
      ...(['terminate', 'server is down', 'machine is cut off'] as const),
      ...(['machine loses power', 'somebody heals', 'a person heals'] as const),
      ...(['its lock is taken', 'the brake is pulled', 'a guard fails'] as const),
    ),
  ),
  afterTask: fc.integer({ min: 1, max: 24 }),
  afterMs: fc.oneof(fc.constant(0), fc.nat(4_000)),
  seconds: fc.integer({ min: 1, max: 120 }),
  which: fc.nat(3),
});

const CATALOGUE = [
  'mr_01_relay_crash_failover',
  'mr_04_all_relays_down',
  'edge_01_guardian_high_latency',
  'edge_03_guardian_partition_recovery',
  'conv_01_convergence_after_multi_failure',
];

export const cases: fc.Arbitrary<Case> = fc.record({
  type: fc.oneof(
    { weight: 5, arbitrary: fc.constant(PROGRAM_WORKFLOW) },
    { weight: 1, arbitrary: fc.constantFrom(...CATALOGUE) },
  ),
  program,
  mishaps: fc.array(mishap, { maxLength: 3 }),
  happenings: fc.array(happening, { maxLength: 3 }),
  leaseSeconds: fc.constantFrom(60, 20, 5),
  pace: fc.nat(),
});
