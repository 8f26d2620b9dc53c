import {
  CancellationScope,
  continueAsNew,
  isCancellation,
  setWorkflowOptions,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { drawn } from '../contract/suite.ts';
import type { ManyRun, SoakInput } from '../contract/suite.ts';
import type { SuiteResult } from '../contract/suite-result.ts';
import { plainly } from './evidence.ts';
import { ManyRuns } from './many-runs.ts';
import type { Carried } from './many-runs.ts';
import { definitions } from './scenarios/definitions.ts';
import { planSuite } from './suite-steps.ts';
import { refuseCron } from './cron.ts';
import { refuseOddInput } from './odd-input.ts';
import { refuseTimeouts } from './timeouts.ts';

/** What is told of single runs at the end: the latest that did not pass. */
const RUNS_KEPT = 50;

/** A run that ends so soon without a verdict was refused: the next one is not begun at once. */
const REFUSED_SECONDS = 5;
const LONGEST_PAUSE_SECONDS = 60;

/** Scenarios drawn from a seed, one after the other, for a time; the one that is under way at the end is not cut off. */
export async function soak(input?: SoakInput, carried?: Carried): Promise<SuiteResult> {
  refuseOddInput(input, carried);
  refuseTimeouts();
  refuseCron();
  const state = carried ?? (await begun(input));
  const many = new ManyRuns('soak', state);
  const until = Date.parse(state.startedAt) + state.plan.seconds * 1000;
  const { workflowId } = workflowInfo();
  const scope = CancellationScope.current();

  let refusals = 0;
  while (!scope.consideredCancelled && Date.now() < until) {
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof soak>(input, many.handOver());
    const n = many.done + 1;
    const scenario = drawn(state.plan, n)?.scenario ?? '';
    const run = await many.run({ scenario, n }, `${workflowId}/${n}`);
    keep(state.runs, run);
    if (many.stopped !== undefined) break;
    refusals = run.verdict === 'inconclusive' && run.seconds < REFUSED_SECONDS ? refusals + 1 : 0;
    if (refusals > 0) await patience(Math.min(2 ** refusals, LONGEST_PAUSE_SECONDS), until);
  }
  return many.conclude(state.runs, scope.consideredCancelled);
}

function keep(runs: ManyRun[], run: ManyRun): void {
  if (run.verdict === 'passed') return;
  runs.push(run);
  runs.splice(0, runs.length - RUNS_KEPT);
}

/** Ends early when the soak is cancelled, or over. */
async function patience(seconds: number, until: number): Promise<void> {
  try {
    await sleep(Math.max(1, Math.min(seconds * 1000, until - Date.now())), { summary: 'the last run was refused' });
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}

async function begun(input: SoakInput | undefined): Promise<Carried> {
  const { workflowId } = workflowInfo();
  const plan = await plainly(() => planSuite({ kind: 'soak', workflowId, input: input ?? {}, known: definitions }));
  return { plan, startedAt: new Date().toISOString(), runs: [], groups: [], residue: [], lines: [] };
}

setWorkflowOptions({ failureExceptionTypes: [Error] }, soak);
