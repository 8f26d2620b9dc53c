import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { derivedSeed } from '../contract/derived-seed.ts';
import type { RunInput, RunRef, RunResult } from '../contract/run.ts';
import type { Admitted } from '../contract/steps.ts';
import type { ManyRun } from '../contract/suite.ts';
import { sum, worstOf } from '../contract/tally.ts';
import { CHAOS_SUITE, runChild } from './children.ts';
import { ended } from './ended.ts';
import { messageOf } from './evidence.ts';
import type { RunState } from './run-state.ts';
import { step } from './steps.ts';

/** The run that is asked to be several. */
interface Several {
  run: RunRef;
  claim: string;
  input: RunInput;
  admitted: Pick<Admitted, 'fleet' | 'iterations' | 'seed'>;
  state: RunState;
}

/** Runs the same scenario again and again, each time as a child with its own journal; passes only if all of them do. */
export async function iterate(several: Several): Promise<RunResult> {
  const { run, input, state } = several;
  const startedAt = Date.now();
  const scope = CancellationScope.current();
  const runs = await runAll(several, () => scope.consideredCancelled);

  const isAborted = scope.consideredCancelled;
  const result = resultOf(several, runs, (Date.now() - startedAt) / 1000);
  await CancellationScope.nonCancellable(async () => {
    try {
      result.journal = await step('conclude', 'write the journal', { run, input, result, clients: [] }, 300);
    } catch (error) {
      state.note(`no journal: ${messageOf(error)}`);
    }
  });
  state.conclude(result.verdict, result.because);
  state.note(`${result.verdict}: ${result.because}`);
  return ended(result, isAborted);
}

async function runAll({ run, claim, input, admitted, state }: Several, isAborted: () => boolean): Promise<ManyRun[]> {
  const { fleet, iterations, seed } = admitted;
  const suite = workflowInfo().typedSearchAttributes.get(CHAOS_SUITE);
  const runs: ManyRun[] = [];
  state.enter('iterating');
  for (let n = 1; n <= iterations && !isAborted(); n += 1) {
    const item = { scenario: run.scenario, n, workflowId: `${run.workflowId}/${n}`, claim };
    const child = await runChild(
      { ...item, seed: derivedSeed(seed, n), input: { ...input, fleet, iterations: 1 } },
      suite,
    );
    runs.push(child);
    state.note(`${n} of ${iterations}: ${child.verdict} in ${child.seconds.toFixed(1)} s: ${child.because}`);
    if (child.braked) break;
  }
  return runs;
}

function resultOf({ run, claim, admitted }: Several, runs: ManyRun[], seconds: number): RunResult {
  const { iterations, seed } = admitted;
  const isWhole = runs.length === iterations;
  const verdict =
    isWhole || runs.some((one) => one.verdict === 'failed') ? worstOf(runs.map((one) => one.verdict)) : 'inconclusive';
  const { scenario, workflowId, runId } = run;
  return {
    ...{ scenario, workflowId, runId, verdict, claim, because: sentence(runs, iterations), seconds, seed },
    ...{ faults: [], deliveries: [], journal: '' },
    failures: runs.reduce<RunResult['failures']>((all, one) => sum(all, one.failures), []),
    findings: runs.reduce<RunResult['findings']>((all, one) => sum(all, one.findings), []),
    residue: runs.flatMap(({ n, residue }) => residue.map((line) => `iteration ${n}: ${line}`)),
    iterations: runs.map(({ workflowId, runId, verdict: each, because, seconds: took, journal }) => ({
      ...{ workflowId, runId, verdict: each, because, seconds: took, journal },
    })),
  };
}

function sentence(runs: ManyRun[], iterations: number): string {
  const passed = runs.filter(({ verdict }) => verdict === 'passed').length;
  if (passed === iterations) return `all ${iterations} iterations passed`;
  const worst = runs.find(({ verdict }) => verdict === 'failed') ?? runs.find(({ verdict }) => verdict !== 'passed');
  const first = worst === undefined ? '' : `; the first that did not, iteration ${worst.n}: ${worst.because}`;
  return `${passed} of ${iterations} iterations passed${first}`;
}
