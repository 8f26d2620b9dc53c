import { ApplicationFailure, CancelledFailure } from '@temporalio/workflow';
import type { Verdict } from '../contract/run.ts';

/** `passed` completes; everything else is red in the UI, with the evidence as the message, and carries the whole result. */
export function ended<R extends { verdict: Verdict; because: string }>(result: R, isAborted: boolean): R {
  if (isAborted) throw new CancelledFailure(`aborted: ${result.because}`, [result]);
  if (result.verdict === 'passed') return result;
  throw ApplicationFailure.create({
    type: result.verdict === 'failed' ? 'ClaimFailed' : 'Inconclusive',
    message: `${result.verdict}: ${result.because}`,
    nonRetryable: true,
    details: [result],
  });
}
