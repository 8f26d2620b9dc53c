import { OF_TIME } from './of-time.ts';
import type { FaultRecord, Finding, Verdict } from './run.ts';

/** Everything that a verdict may rest on. Lists are in the order in which things happened; empty lists are good news. */
export interface Evidence {
  /** What the claim says and did not hold, each with what was seen instead. */
  claimFailures: (Finding & { claim: string })[];
  /** Invariants that hold whatever the claim: an acknowledged message is missing or altered, plaintext leaked. */
  broken: Finding[];
  /** Invariants that could not be judged, such as an empty relay log that proves nothing. */
  unknown: string[];
  /** What befell the relays from outside: the clock of a machine that jumped, one that somebody restarted, locks that were taken away. */
  outside: string[];
  /** What the tool could not do. */
  harness: string[];
  /** As they stand at the end of the run, after the heals. */
  faults: FaultRecord[];
  /** Differences from the baseline after all heals: what is not put back. */
  residue: string[];
}

export interface Judgement {
  verdict: Verdict;
  /** One sentence: the first and gravest reason, and how many more there are. */
  because: string;
  /** All reasons, the gravest first. */
  reasons: string[];
  /** Those that make it failed, by name. */
  failures: Finding[];
}

/**
 * The rules, all of them. The first row that applies decides; what applies further down is still told in `reasons`.
 *
 * | row | what happened                                                                            | verdict      |
 * | --- | ---------------------------------------------------------------------------------------- | ------------ |
 * | 1   | a statement of the claim did not hold                                                    | failed       |
 * | 2   | an invariant is broken                                                                   | failed       |
 * | 3   | a relay's clock jumped, somebody restarted, ended or paused it, or took the run's locks  | inconclusive |
 * | 4   | a fault did not bite, or its bite was not measured                                       | inconclusive |
 * | 5   | a fault ended before the run ended it (`healedBy` is not the frame)                      | inconclusive |
 * | 6   | the tool could not do something                                                          | inconclusive |
 * | 7   | a fault was not injected (row 6 says why)                                                | inconclusive |
 * | 8   | a fault is not healed, its effect is still there, or a machine differs from its baseline | inconclusive |
 * | 9   | an invariant could not be judged                                                         | inconclusive |
 * | 10  | none of these                                                                            | passed       |
 *
 * Trouble of the tool never hides a broken claim (rows 1 and 2 come first), and never counts as success. Only with
 * row 3 what is lost, late or unanswered counts for that: a relay drops by age, and has another id after a restart.
 */
export function judge(evidence: Evidence): Judgement {
  const seen = [
    ...evidence.claimFailures.map(({ claim, id, message, count }): Finding => {
      return { id, message: `\`${claim}\` does not hold: ${message}`, count };
    }),
    ...evidence.broken,
  ];
  const saysNothing = ({ id }: Finding) => evidence.outside.length > 0 && OF_TIME.has(id);
  const failures = seen.filter((one) => !saysNothing(one));
  const injected = evidence.faults.filter(({ injectedAt }) => injectedAt !== null);
  const others = evidence.faults.filter(({ injectedAt }) => injectedAt === null);
  const troubles = [
    ...evidence.outside,
    ...seen.filter(saysNothing).map(({ message }) => message),
    ...injected.flatMap(withoutBite),
    ...injected.flatMap(interrupted),
    ...evidence.harness,
    ...others.map(({ summary }) => `\`${summary}\` was not injected`),
    ...injected.flatMap(unhealed),
    ...evidence.residue.map((line) => `not as it was before the run: ${line}`),
    ...evidence.unknown,
  ];
  const reasons = [...failures.map(({ message }) => message), ...troubles];
  const verdict = failures.length > 0 ? 'failed' : troubles.length > 0 ? 'inconclusive' : 'passed';
  return { verdict, because: sentence(reasons) ?? success(evidence.faults), reasons, failures };
}

function withoutBite(fault: FaultRecord): string[] {
  if (fault.bite === null) return [`\`${fault.summary}\` may not have bitten: its effect was not measured`];
  return fault.bite.bit ? [] : [`\`${fault.summary}\` did not bite: ${fault.bite.how}`];
}

const ENDED_BY = {
  frame: undefined,
  hold: 'its hold lost the run',
  sweep: 'a sweep healed it',
  lease: 'its lease ran out on the machine',
  hand: 'a person healed it',
  somebody: 'it was gone before anything of ours healed it',
} as const;

function interrupted(fault: FaultRecord): string[] {
  const asPlanned = fault.byLease === true && fault.healedBy === 'lease';
  const how = fault.healedBy === null || asPlanned ? undefined : ENDED_BY[fault.healedBy];
  return how === undefined ? [] : [`\`${fault.summary}\` was interrupted: ${how}`];
}

function unhealed(fault: FaultRecord): string[] {
  if (fault.healedAt === null || fault.healedBy === null) return [`\`${fault.summary}\` is not verified as healed`];
  return fault.notBack === undefined
    ? []
    : [`\`${fault.summary}\` is healed, but not all is as before: ${fault.notBack}`];
}

function sentence(reasons: string[]): string | undefined {
  const [first, ...more] = reasons;
  if (first === undefined || more.length === 0) return first;
  return `${first} (and ${more.length} more)`;
}

function success(faults: FaultRecord[]): string {
  if (faults.length === 0) return 'everything that the claim says held';
  const healed = faults.length === 1 ? '1 fault bit and was' : `${faults.length} faults bit and were`;
  return `everything that the claim says held; ${healed} healed`;
}
