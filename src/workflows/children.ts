import {
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowCancellationType,
  isCancellation,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { RunInput, RunResult } from '../contract/run.ts';
import { runOf, runWithout } from '../contract/suite.ts';
import type { Item, ManyRun } from '../contract/suite.ts';
import { kindOf, messageOf } from './evidence.ts';

export const CHAOS_SUITE = defineSearchAttributeKey('ChaosSuite', SearchAttributeType.KEYWORD);

export interface Child extends Item {
  /** Follows from the parent's, so that nothing is run or counted twice. */
  workflowId: string;
  /** What people read of it in Temporal's UI. */
  claim: string;
  seed: number;
  input: RunInput;
}

/** Runs a scenario as a child to its end, whatever that is. Who cancels the parent cancels the child, which heals first. */
export async function runChild(
  { scenario, n, workflowId, claim, seed, input }: Child,
  suite: string | undefined,
): Promise<ManyRun> {
  const item = { scenario, n, seed };
  const startedAt = Date.now();
  let runId = '';
  try {
    const child = await startChild(scenario, {
      ...{ workflowId, args: [{ ...input, seed }] },
      staticSummary: claim.slice(0, 200),
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      ...(suite === undefined ? {} : { typedSearchAttributes: [{ key: CHAOS_SUITE, value: suite }] }),
    });
    runId = child.firstExecutionRunId;
    return runOf(item, (await child.result()) as RunResult);
  } catch (error) {
    const result = resultIn(error);
    if (result) return runOf(item, result);
    const because = isCancellation(error) ? 'aborted' : messageOf(error);
    const run = runWithout({ ...item, workflowId, runId, seconds: (Date.now() - startedAt) / 1000 }, because);
    return kindOf(error) === 'Braked' ? { ...run, braked: true } : run;
  }
}

/** A run that did not pass carries its result in its failure. */
function resultIn(error: unknown): RunResult | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (!(cause instanceof ApplicationFailure || cause instanceof CancelledFailure)) continue;
    const result = cause.details?.[0] as RunResult | undefined;
    if (result?.verdict) return result;
  }
  return undefined;
}
