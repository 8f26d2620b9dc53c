import type { RunResult } from '../contract/run.ts';

/** Exit codes of `0k-chaos`; a public interface. */
export const EXIT = {
  passed: 0,
  failed: 1,
  badInput: 2,
  inconclusive: 3,
  notHealed: 4,
  aborted: 130,
} as const;

/** Something left broken outweighs every verdict: a person has to look before anything else. */
export function exitCodeOf(
  { verdict, residue }: Pick<RunResult, 'verdict' | 'residue'>,
  ended: 'completed' | 'aborted' = 'completed',
): number {
  if (residue.length > 0) return EXIT.notHealed;
  return ended === 'aborted' ? EXIT.aborted : EXIT[verdict];
}

/** Of several runs: the gravest, where not being healed is graver than failed, failed than inconclusive. */
export function gravest(codes: readonly number[]): number {
  const order: number[] = [EXIT.notHealed, EXIT.aborted, EXIT.badInput, EXIT.failed, EXIT.inconclusive];
  return order.find((code) => codes.includes(code)) ?? Math.max(EXIT.passed, ...codes);
}
