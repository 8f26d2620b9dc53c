import { CancellationScope, CancelledFailure } from '@temporalio/workflow';
import { endsByItself, healsByLease } from '../contract/fault-spec.ts';
import type { FaultSpec } from '../contract/fault-spec.ts';
import type { Fence } from '../contract/fleet-lock.ts';
import type { FaultRecord, RunRef } from '../contract/run.ts';
import { HEALING } from '../contract/slow-heal.ts';
import type { FaultHandle } from '../contract/scenario.ts';
import type { EvidenceBook } from './evidence.ts';
import { Interrupted, NoBite, messageOf } from './evidence.ts';
import type { RunState } from './run-state.ts';
import { step } from './steps.ts';
import { describeFault } from '../contract/describe-fault.ts';

/** The faults of one run, and the promise that each is healed: registered before it is injected. */
export class StandingFaults {
  readonly #run: RunRef;
  readonly #leaseSeconds: number;
  readonly #state: RunState;
  /** What may be broken, and by which token. */
  readonly fence: Fence;
  readonly #handles: FaultHandle[] = [];
  readonly #underWay: Promise<unknown>[] = [];

  constructor(run: RunRef, leaseSeconds: number, fence: Fence, state: RunState) {
    this.#run = run;
    this.#leaseSeconds = leaseSeconds;
    this.fence = fence;
    this.#state = state;
  }

  async inject(spec: FaultSpec): Promise<FaultHandle> {
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('aborted before it was injected');
    const summary = describeFault(spec);
    if (!this.fence.resources.includes(spec.target))
      throw new Error(`the scenario would break \`${spec.target}\` (${summary}), which its \`breaks\` does not name`);
    const id = `${this.#run.workflowId}/${this.#run.runId}/${this.#handles.length + 1}`;
    const record: FaultRecord = {
      ...{ id, kind: spec.kind, target: spec.target, summary },
      ...{ injectedAt: null, healedAt: null, healedBy: null, healSeconds: null, bite: null },
      ...(healsByLease(spec) ? { byLease: true as const } : {}),
    };
    const handle = { record, spec };
    this.#handles.push(handle);
    this.#state.faults.push(record);
    if (spec.kind === 'container') this.#state.containerFaults.push({ action: spec.action, record });
    this.#state.markFaults();
    this.#state.note(`injecting: ${summary}`);

    const injecting = step('inject', `inject: ${summary}`, this.#ask(handle));
    this.#underWay.push(injecting);
    const injected = await injecting;
    record.injectedAt = injected.injectedAt;
    record.bite = injected.bite;
    this.#state.note(`${injected.bite.bit ? 'bites' : 'does not bite'}: ${injected.bite.how}`);
    if (!injected.bite.bit) throw new NoBite(`\`${summary}\` did not bite: ${injected.bite.how}`);
    return handle;
  }

  async heal(handle: FaultHandle): Promise<void> {
    const { record } = handle;
    if (record.healedAt !== null) return;
    this.#state.note(`healing: ${record.summary}`);
    // What it was told of the inject: of a run that was reset, nobody else knows.
    const ask = { ...this.#ask(handle), ...(record.injectedAt === null ? {} : { injectedAt: record.injectedAt }) };
    const healing = this.#state.slow.watch(HEALING(record.summary), (what) => step('heal', what, ask));
    this.#underWay.push(healing);
    const healed = await healing;
    Object.assign(record, { healedAt: healed.healedAt, healedBy: healed.healedBy, healSeconds: healed.seconds });
    if (healed.notBack !== undefined) record.notBack = healed.notBack;
    if (record.bite && healed.after) record.bite = { ...record.bite, after: healed.after };
    this.#state.markFaults();
    const by = healed.healedBy === 'frame' ? '' : `; it had been healed by ${healed.healedBy} at ${healed.healedAt}`;
    this.#state.note(`healed: ${record.summary} in ${healed.seconds.toFixed(1)} s${by}`);
  }

  /** Before a statement that only holds while the faults stand is called broken. @throws Interrupted */
  async mustStand(): Promise<void> {
    const standing = this.#handles.filter(
      ({ record, spec }) => record.injectedAt !== null && record.healedAt === null && !endsByItself(spec),
    );
    if (standing.length === 0) return;
    const faults = standing.map(({ record: { id, target }, spec }) => ({ id, target, spec }));
    const gone = await step('gone', 'look whether the faults still stand', { run: this.#run, faults });
    if (gone.length > 0) throw new Interrupted(`it was ended before the run ended it: ${gone.join('; ')}`);
  }

  /**
   * Newest first, one after the other. One that fails, or takes long as its machine is gone, does not keep the others from being healed:
   * their leases are renewed for as long as the run lives.
   */
  async healAll(book: EvidenceBook): Promise<void> {
    // A body that does several things side by side may end while one of them is still at work.
    await Promise.allSettled(this.#underWay);
    const healing: Promise<void>[] = [];
    for (const handle of [...this.#handles].reverse()) {
      const one = this.#healedOrTold(handle, book);
      healing.push(one);
      await this.#state.slow.untilDoneOrSlow(HEALING(handle.record.summary), one);
    }
    await Promise.all(healing);
  }

  async #healedOrTold(handle: FaultHandle, book: EvidenceBook): Promise<void> {
    try {
      await this.heal(handle);
    } catch (error) {
      book.residue.push(`${handle.record.summary} is not healed: ${messageOf(error)}`);
    }
  }

  #ask({ record, spec }: FaultHandle) {
    return { run: this.#run, id: record.id, spec, leaseSeconds: this.#leaseSeconds, token: this.fence.token };
  }
}
