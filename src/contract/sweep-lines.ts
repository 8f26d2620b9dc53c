import type { SweepResult } from './sweep.ts';

/** What a sweep did and could not do, for people; empty: nothing was left, and every machine answered. */
export const sweepLines = ({ healed, stands, left, unreachable, tidied }: SweepResult): string[] => [
  ...healed,
  ...stands,
  ...left,
  ...tidied,
  ...unreachable.map(({ machine, since, message }) => `${machine} could not be swept since ${since}: ${message}`),
];
