import { CancellationScope, setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { claimOf, type Fence } from '../contract/fleet-lock.ts';
import { Deck, type Payload } from '../contract/message-spec.ts';
import type { Message, RunInput, RunRef, RunResult } from '../contract/run.ts';
import type { Chaos, OptionSpecs, ScenarioDefinition } from '../contract/scenario.ts';
import { VERIFYING } from '../contract/slow-heal.ts';
import type { Admitted } from '../contract/steps.ts';
import { judge } from '../contract/verdict.ts';
import { arranged } from './arranging.ts';
import { BodyScope } from './body.ts';
import { createChaos } from './chaos.ts';
import { refuseCron } from './cron.ts';
import { EvidenceBook, messageOf, plainly } from './evidence.ts';
import { ended } from './ended.ts';
import { guarded } from './guarded.ts';
import { invariants } from './invariants.ts';
import { iterate } from './iterate.ts';
import { StandingFaults } from './faults.ts';
import { RunState } from './run-state.ts';
import { step } from './steps.ts';
import { releaseLocks, takeLocks } from './take-locks.ts';
import { refuseOddInput } from './odd-input.ts';
import { refuseTimeouts } from './timeouts.ts';

type Body<S extends OptionSpecs> = (chaos: Chaos<S>) => Promise<void>;

export interface Scenario {
  (input?: RunInput): Promise<RunResult>;
  readonly definition: ScenarioDefinition;
  readonly body: Body<OptionSpecs>;
}

/** Makes a workflow of a claim and a body. The only place that knows the order of things. */
export function scenario<S extends OptionSpecs>(
  claim: string,
  definition: { breaks: string[]; clients: string[]; payload?: Payload; options?: S },
  body: Body<S>,
): Scenario {
  const whole: ScenarioDefinition = { claim, payload: 'mixed', ...definition, options: definition.options ?? {} };
  const workflow = async (input?: RunInput, ...more: unknown[]) => {
    refuseOddInput(input, ...more);
    return new Frame(whole, body as unknown as Body<OptionSpecs>, input ?? {}).run();
  };
  // Without it a plain Error would fail the workflow task, and the run would hang.
  setWorkflowOptions({ failureExceptionTypes: [Error] }, workflow);
  return Object.assign(workflow, { definition: whole, body: body as unknown as Body<OptionSpecs> });
}

class Frame {
  readonly #definition: ScenarioDefinition;
  readonly #body: Body<OptionSpecs>;
  readonly #input: RunInput;
  readonly #run: RunRef;
  readonly #state: RunState;
  readonly #book: EvidenceBook;
  readonly #startedAt = Date.now();
  readonly #pushed: Message[] = [];
  readonly #bodyScope = new BodyScope();
  #deck = new Deck(0);
  #arranged = false;

  constructor(definition: ScenarioDefinition, body: Body<OptionSpecs>, input: RunInput) {
    const { workflowId, runId, workflowType } = workflowInfo();
    this.#definition = definition;
    this.#body = body;
    this.#input = input;
    this.#run = { scenario: workflowType, workflowId, runId };
    this.#state = new RunState(this.#run, definition.claim);
    const whole = CancellationScope.current();
    this.#book = new EvidenceBook(() => whole.consideredCancelled);
  }

  async run(): Promise<RunResult> {
    const [run, definition, input, state] = [this.#run, this.#definition, this.#input, this.#state];
    state.enter('admitting');
    refuseTimeouts();
    refuseCron();
    const admitted = await plainly(() => step('admit', 'check the input', { run, input, definition }));
    state.admit(admitted);
    run.fleet = admitted.fleet;
    if (admitted.iterations > 1) return iterate({ run, claim: definition.claim, input, admitted, state });
    state.enter('locking');
    this.#deck = new Deck(admitted.seed);
    const claim = claimOf(admitted.exclusive, [...admitted.relays, ...admitted.clients]);
    try {
      return await this.#locked(admitted, await plainly(() => takeLocks(run, state, claim)));
    } finally {
      await CancellationScope.nonCancellable(() => releaseLocks(run, state));
    }
  }

  async #locked(admitted: Admitted, fence: Fence): Promise<RunResult> {
    const faults = new StandingFaults(this.#run, admitted.leaseSeconds, fence, this.#state);
    // A cancelled run has its hold until all is healed.
    const shield = new CancellationScope({ cancellable: false });
    const hold = new CancellationScope({ cancellable: true, parent: shield });
    const holding = hold.run(() => this.#hold(admitted)).catch((error) => this.#unheld(hold, error));
    try {
      await this.#disturb(admitted, faults);
    } catch (error) {
      this.#book.add(this.#state.phase, error);
    }
    return CancellationScope.nonCancellable(async () => {
      await this.#putBack(faults);
      // It hears of it with its next heartbeat: nobody waits for that.
      hold.cancel();
      await this.#check(admitted);
      await holding;
      return this.#conclude(admitted);
    });
  }

  /** Renews the leases beside the body, and heals them within seconds when this workflow is terminated. */
  #hold({ machines, leaseSeconds }: Admitted): Promise<void> {
    return step('hold', 'hold: renew leases, heal if this run is gone', { run: this.#run, machines, leaseSeconds });
  }

  #unheld(hold: CancellationScope, error: unknown): void {
    if (hold.consideredCancelled) return; // not needed any more, however it ended: with its worker, for one
    const message = `the leases were not renewed: ${messageOf(error)}`;
    this.#book.findings.push({ id: 'hold-lost', message, count: 1 });
    this.#state.note(message);
  }

  async #disturb(admitted: Admitted, faults: StandingFaults): Promise<void> {
    const run = this.#run;
    const { drives: clients, breaks } = admitted;
    this.#state.enter('checking the ground');
    this.#state.note('checking the ground: machines, clients, relays');
    const ask = { run, targets: breaks, clients, fence: faults.fence };
    const ground = await step('prepare', 'check the ground, sweep leftovers, take the baseline', ask, 300);
    faults.fence.token = ground.token ?? faults.fence.token;
    for (const line of ground.swept) this.#state.note(`swept: ${line}`);
    for (const { what, seconds } of ground.checks) this.#state.note(`${what} (${seconds.toFixed(1)} s)`);

    const [state, book, pushed] = [this.#state, this.#book, this.#pushed];
    const mustHold = await arranged({ run, admitted, state, book, pushed });
    this.#arranged = true;
    mustHold();

    this.#state.enter('disturbing');
    const chaos = createChaos({ run, admitted, faults, state: this.#state, deck: this.#deck, pushed: this.#pushed });
    const body = () => this.#body(this.#bodyScope.remembering(chaos));
    await this.#bodyScope.run(() => guarded(run, admitted, this.#state.faults, body));
  }

  async #putBack(faults: StandingFaults): Promise<void> {
    this.#state.enter('healing');
    await faults.healAll(this.#book);
    await this.#bodyScope.settled();
  }

  /** Whether all is as it was; no failed step keeps the next one from running. */
  async #check(admitted: Admitted): Promise<void> {
    const [run, { machines }] = [this.#run, admitted];
    this.#state.enter('verifying');
    const [canary] = this.#arranged ? this.#deck.deal(1, 'lines') : [];
    if (canary !== undefined) {
      const sight = { run, admitted, messages: this.#pushed, canary, book: this.#book, state: this.#state };
      await this.#tried('invariants', () => invariants(sight));
    }
    await this.#tried('baseline', async () => {
      const { residue } = await this.#state.slow.watch(VERIFYING, (what) => step('verify', what, { run, machines }));
      this.#book.residue.push(...residue);
      this.#state.note(residue.length === 0 ? 'every machine is as it was' : `not as it was: ${residue.join('; ')}`);
    });
  }

  async #tried(where: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#book.add(where, error);
    }
  }

  async #conclude(admitted: Admitted): Promise<RunResult> {
    let result = this.#judged(admitted);
    await this.#write(admitted, result);
    // What was written although nobody heard of it must not say more than the run does.
    if (result.journal === '') await this.#write(admitted, (result = this.#judged(admitted)));
    this.#state.conclude(result.verdict, result.because);
    this.#state.note(`${result.verdict}: ${result.because} (fleet ${admitted.fleet})`);
    return ended(result, this.#book.cancelled);
  }

  #write({ drives: clients }: Admitted, result: RunResult): Promise<void> {
    return this.#tried('journal', async () => {
      const ask = { run: this.#run, input: this.#input, result, clients };
      result.journal = await step('conclude', 'write the journal, tidy the clients', ask, 300);
    });
  }

  #judged({ seed }: Admitted): RunResult {
    const { faults, deliveries } = this.#state;
    const { findings, residue } = this.#book;
    const { verdict, because, failures } = judge(this.#book.evidence(faults));
    const seconds = (Date.now() - this.#startedAt) / 1000;
    const { scenario: of, workflowId, runId } = this.#run;
    return {
      ...{ scenario: of, workflowId, runId, verdict, claim: this.#definition.claim, because, seconds, seed },
      ...{ faults, failures, findings, deliveries, residue, journal: '' },
    };
  }
}
