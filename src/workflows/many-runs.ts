import {
  CancellationScope,
  defineQuery,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { QUERY_PROGRESS, QUERY_REPORT } from '../contract/names.ts';
import { addLine, keepNewest, linesFrom, type ProgressLine } from '../contract/progress.ts';
import { seedOf } from '../contract/suite.ts';
import type { Item, ManyRun } from '../contract/suite.ts';
import { renderSuiteDetails } from '../contract/suite-details.ts';
import type { SuiteEnd, SuiteResult } from '../contract/suite-result.ts';
import type { Planned } from '../contract/suite-steps.ts';
import { count } from '../contract/tally.ts';
import type { RunGroup } from '../contract/tally.ts';
import { CHAOS_SUITE, runChild } from './children.ts';
import { ended } from './ended.ts';
import { definitions } from './scenarios/definitions.ts';
import { concludeSuite } from './suite-steps.ts';

const keys = {
  scenario: defineSearchAttributeKey('ChaosScenario', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('ChaosPhase', SearchAttributeType.KEYWORD),
  verdict: defineSearchAttributeKey('ChaosVerdict', SearchAttributeType.KEYWORD),
  fleet: defineSearchAttributeKey('ChaosFleet', SearchAttributeType.KEYWORD),
  seed: defineSearchAttributeKey('ChaosSeed', SearchAttributeType.INT),
};

/** What goes on with a suite or a soak when its history begins anew. */
export interface Carried {
  plan: Planned;
  startedAt: string;
  /** Of a suite all, of a soak the latest that did not pass. */
  runs: ManyRun[];
  groups: RunGroup[];
  residue: string[];
  lines: ProgressLine[];
}

const LINES_KEPT = 200;
const LINES_CARRIED = 60;
const RESIDUE_KEPT = 50;

/** The runs of one suite or soak: started as children, counted once, shown while they live, summed up at the end. */
export class ManyRuns {
  readonly carried: Carried;
  readonly running: Item[] = [];
  readonly #kind: SuiteResult['kind'];
  readonly #total: number | undefined;
  /** Why nothing more is begun; undefined: it is. */
  stopped: string | undefined;
  #phase = 'running';
  #end: Pick<SuiteResult, 'verdict' | 'because'> | undefined;

  constructor(kind: SuiteResult['kind'], carried: Carried, total?: number) {
    this.carried = carried;
    this.#kind = kind;
    this.#total = total;
    const { workflowId } = workflowInfo();
    setHandler(defineQuery(QUERY_REPORT), () => this.report(), { description: 'Counts so far, and what runs' });
    setHandler(defineQuery(QUERY_PROGRESS), (from?: number) => linesFrom(this.carried.lines, from), {
      description: 'Lines of progress, from the given one on',
    });
    upsertSearchAttributes([
      { key: keys.scenario, value: kind },
      { key: keys.phase, value: this.#phase },
      { key: keys.fleet, value: carried.plan.fleet },
      { key: keys.seed, value: carried.plan.seed },
      { key: CHAOS_SUITE, value: workflowId },
    ]);
    this.#show();
  }

  get done(): number {
    return this.carried.groups.reduce((total, group) => total + group.count, 0);
  }

  report(): object {
    const { plan, groups, startedAt } = this.carried;
    const { workflowId, runId } = workflowInfo();
    return {
      ...{ kind: this.#kind, workflowId, runId, phase: this.#phase, fleet: plan.fleet, seed: plan.seed, startedAt },
      ...{ verdict: this.#end?.verdict ?? null, because: this.#end?.because ?? null },
      ...{ done: this.done, total: this.#total ?? null, running: this.running, groups, residue: this.carried.residue },
    };
  }

  /** One run, from its start until it is counted. */
  async run(item: Item, workflowId: string): Promise<ManyRun> {
    const { plan } = this.carried;
    const planned = plan.scenarios.find(({ scenario }) => scenario === item.scenario);
    this.running.push(item);
    this.note(`${item.scenario} ${item.n}: begins (${workflowId})`);
    const { claim = '' } = definitions[item.scenario] ?? {};
    const child = { ...item, workflowId, claim, seed: seedOf(plan, item), input: planned?.input ?? {} };
    const run = await runChild(child, workflowInfo().workflowId);
    this.running.splice(this.running.indexOf(item), 1);
    this.#count(run);
    if (run.braked) this.stopped ??= run.because;
    const of = this.#total === undefined ? '' : ` of ${this.#total}`;
    const why = run.verdict === 'passed' ? '' : `: ${run.because}`;
    this.note(`${this.done}${of}  ${item.scenario} ${item.n}: ${run.verdict} in ${run.seconds.toFixed(1)} s${why}`);
    return run;
  }

  #count(run: ManyRun): void {
    const { groups, residue } = this.carried;
    count(groups, run);
    const lines = run.residue.map((line) => `${run.workflowId}: ${line}`);
    residue.push(...lines.slice(0, Math.max(0, RESIDUE_KEPT - residue.length)));
  }

  note(text: string): void {
    addLine(this.carried.lines, text, LINES_KEPT);
    this.#show();
  }

  /** What the next run of this workflow needs of this one. */
  handOver(): Carried {
    keepNewest(this.carried.lines, LINES_CARRIED);
    return this.carried;
  }

  async conclude(runs: ManyRun[], aborted: boolean): Promise<SuiteResult> {
    const { workflowId, runId } = workflowInfo();
    const { plan, startedAt, groups, residue } = this.carried;
    this.#phase = 'summing up';
    const { fleet, seed } = plan;
    const end: SuiteEnd = {
      ...{ kind: this.#kind, workflowId, runId, plan: { fleet, seed }, startedAt, groups, runs, residue, aborted },
      ...(this.stopped === undefined ? {} : { stopped: this.stopped }),
    };
    const result = await CancellationScope.nonCancellable(() => concludeSuite(end));
    this.#end = result;
    this.#phase = 'done';
    upsertSearchAttributes([
      { key: keys.verdict, value: result.verdict },
      { key: keys.phase, value: 'done' },
    ]);
    this.note(`${result.verdict}: ${result.because}`);
    this.note(`summary: ${result.summary.markdown}`);
    return ended(result, aborted);
  }

  #show(): void {
    const { plan, groups, lines } = this.carried;
    const { verdict, because } = this.#end ?? {};
    setCurrentDetails(
      renderSuiteDetails({
        ...{ kind: this.#kind, phase: verdict ?? this.#phase, because, fleet: plan.fleet, seed: plan.seed },
        ...{ done: this.done, total: this.#total, groups, running: this.running, lines },
      }),
    );
  }
}
