import { ApplicationFailure, CancelledFailure } from '@temporalio/workflow';
import type { Verdict } from '../contract/run.ts';

interface Ending {
  verdict: Verdict;
  because: string;
  residue?: string[];
}

/** `passed` completes; everything else is red in the UI, with the evidence as the message, and carries the whole result. */
export function ended<R extends Ending>(result: R, isAborted: boolean): R {
  if (isAborted) throw new CancelledFailure(`aborted: ${told(result)}`, [result]);
  if (result.verdict === 'passed') return result;
  throw ApplicationFailure.create({
    type: result.verdict === 'failed' ? 'ClaimFailed' : 'Inconclusive',
    message: `${result.verdict}: ${told(result)}`,
    nonRetryable: true,
    details: [result],
  });
}

const MOST_CHARS = 4_000;

/** The gravest reason, and in any case all that is not put back. */
function told({ because, residue = [] }: Ending): string {
  const left = residue.filter((line) => !because.includes(line));
  const text = left.length === 0 ? because : `${because}. Not put back: ${left.join('; ')}`;
  return text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}… (all of it is in the journal)` : text;
}
