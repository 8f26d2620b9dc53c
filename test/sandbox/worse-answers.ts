import type { StepName } from '../workflows/world.ts';

/** What each step may answer instead, so that the run has to end red. */
const WORSE: Partial<Record<StepName, object>> = {
  inject: { bite: { bit: false, how: 'nothing was seen' } },
  heal: { notBack: 'its delay is not what it was' },
  verify: { residue: ['beast: a rule is left'] },
  look: { present: ['m-1'] },
  invariants: { broken: [{ id: 'lost', message: 'an acknowledged message is missing', count: 1 }] },
};

export const hasWorse = (step: StepName): boolean => step in WORSE;

export const worse = (step: StepName, answer: unknown): unknown =>
  WORSE[step] === undefined ? answer : { ...(answer as object), ...WORSE[step] };
