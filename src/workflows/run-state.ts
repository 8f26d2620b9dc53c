import { setCurrentDetails, setHandler, defineQuery, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { renderDetails } from '../contract/details.ts';
import { QUERY_FAULTS, QUERY_PROGRESS, QUERY_REPORT } from '../contract/names.ts';
import { addLine, linesFrom, type ProgressLine } from '../contract/progress.ts';
import type { ContainerAction } from '../contract/fault-spec.ts';
import type { Admitted } from '../contract/steps.ts';
import { SlowHeals } from './slow-heals.ts';
import type { Delivery, FaultRecord, RunRef, Verdict } from '../contract/run.ts';

const keys = {
  scenario: defineSearchAttributeKey('ChaosScenario', SearchAttributeType.KEYWORD),
  phase: defineSearchAttributeKey('ChaosPhase', SearchAttributeType.KEYWORD),
  verdict: defineSearchAttributeKey('ChaosVerdict', SearchAttributeType.KEYWORD),
  fleet: defineSearchAttributeKey('ChaosFleet', SearchAttributeType.KEYWORD),
  target: defineSearchAttributeKey('ChaosTarget', SearchAttributeType.KEYWORD_LIST),
  faultActive: defineSearchAttributeKey('ChaosFaultActive', SearchAttributeType.BOOL),
  seed: defineSearchAttributeKey('ChaosSeed', SearchAttributeType.INT),
};

export type Phase =
  | 'admitting'
  | 'iterating'
  | 'locking'
  | 'checking the ground'
  | 'arranging'
  | 'disturbing'
  | 'healing'
  | 'healing (slow)'
  | 'verifying'
  | 'done';

const LINES_KEPT = 400;

/** Everything that people see of a run while it lives: details page, search attributes, queries. */
export class RunState {
  readonly faults: FaultRecord[] = [];
  readonly deliveries: Delivery[] = [];
  /** What the run does to containers: nothing else of it restarts one. */
  readonly containerFaults: { action: ContainerAction; record: FaultRecord }[] = [];
  readonly lines: ProgressLine[] = [];
  phase: Phase = 'admitting';
  verdict: Verdict | undefined;
  because: string | undefined;
  readonly slow: SlowHeals;
  /** The claim says "once": a message that stands twice in the end breaks it. */
  claimsOnce = false;
  /** Ids of messages of which the claim says that every relay holds them. */
  readonly claimedAtEach: string[] = [];
  /** Ids of messages that were pushed before anything was broken. */
  readonly beforeAll: string[] = [];
  readonly #run: RunRef;
  readonly #claim: string;

  constructor(run: RunRef, claim: string) {
    this.#run = run;
    this.#claim = claim;
    this.slow = new SlowHeals(this);
    setHandler(defineQuery(QUERY_REPORT), () => this.report(), { description: 'The run as it stands' });
    setHandler(defineQuery(QUERY_FAULTS), () => this.faults, { description: 'The faults, healed ones too' });
    setHandler(defineQuery(QUERY_PROGRESS), (from?: number) => linesFrom(this.lines, from), {
      description: 'Lines of progress, from the given one on',
    });
    upsertSearchAttributes([
      { key: keys.scenario, value: run.scenario },
      { key: keys.faultActive, value: false },
    ]);
  }

  /** What only the fleet and the input together say. */
  admit({ fleet, breaks, seed }: Pick<Admitted, 'fleet' | 'breaks' | 'seed'>): void {
    upsertSearchAttributes([
      { key: keys.fleet, value: fleet },
      { key: keys.target, value: breaks },
      { key: keys.seed, value: seed },
    ]);
  }

  report(): object {
    const { phase, verdict = null, because = null, faults, deliveries } = this;
    return { ...this.#run, claim: this.#claim, phase, slow: this.slow.all, verdict, because, faults, deliveries };
  }

  enter(phase: Phase): void {
    this.phase = phase;
    upsertSearchAttributes([{ key: keys.phase, value: phase }]);
    this.show();
  }

  note(text: string): void {
    addLine(this.lines, text, LINES_KEPT);
    this.show();
  }

  /** Called before an inject and after a heal: an interrupted run stays marked. */
  markFaults(): void {
    upsertSearchAttributes([{ key: keys.faultActive, value: this.faults.some((fault) => fault.healedAt === null) }]);
    this.show();
  }

  conclude(verdict: Verdict, because: string): void {
    this.verdict = verdict;
    this.because = because;
    upsertSearchAttributes([{ key: keys.verdict, value: verdict }]);
    this.enter('done');
  }

  show(): void {
    setCurrentDetails(
      renderDetails({
        scenario: this.#run.scenario,
        claim: this.#claim,
        phase: this.phase,
        faults: this.faults,
        checks: this.lines.slice(-12).map(({ at, text }) => ({ what: text, state: at.slice(11, 19) })),
        deliveries: this.deliveries,
        ...(this.verdict === undefined ? {} : { verdict: this.verdict }),
        ...(this.because === undefined ? {} : { because: this.because }),
      }),
    );
  }
}
