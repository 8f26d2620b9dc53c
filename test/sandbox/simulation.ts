import type { RunResult } from '../../src/contract/run.ts';
import { World } from '../workflows/world.ts';
import type { Case, Happening, Mishap } from './case.ts';
import { doorFor } from './door.ts';
import { dice } from './dice.ts';
import { happen } from './happenings.ts';
import { Machines } from './machines.ts';
import type { Fate, Lease } from './machines.ts';
import { decoded, Server } from './server.ts';
import type { Status } from './server.ts';
import type { Failure, Sandbox } from './sdk-sandbox.ts';
import { stepsOnMachines } from './steps-on-machines.ts';
import { Timeline } from './timeline.ts';
import { Worker } from './worker.ts';

/** One run that is over, and all that can be known of it from every side. */
export interface Simulated {
  status: Status;
  failure: Failure | undefined;
  result: RunResult | undefined;
  world: World;
  machines: Machines;
  fates: Fate[];
  /** What stood of the run when it ended, and when nothing was to come any more. */
  standingAtEnd: Lease[];
  standingAtLast: Lease[];
  closedAt: number;
  /** Workflow tasks that it took. */
  tasks: number;
  lastLate: number;
  met: Mishap[];
  happened: Happening[];
  /** Ids in the order in which the frame asked for their heals, once the body was through. */
  putBack: string[];
  phases: string[];
  holdStoppedOver: Lease[];
  /** For so long the server has known of a guard's failing when the body was over. */
  guardedMs: number;
}

/** No run takes so long, whatever happens to it. */
const LONGEST_MS = 4 * 3_600_000;
/** After its end: what is late arrives, and leases run out. */
const AFTERMATH_MS = 900_000;
const FOREIGN = 'somebody-else/run';
export const FOREIGN_FAULT = 'of-somebody-else';

let runs = 0;

/** Makes one run in the sandbox, with everything that is to happen to it, and waits until nothing stirs any more. */
export class Simulation {
  readonly #chosen: Case;
  readonly #timeline = new Timeline();
  readonly #world = new World();
  readonly #machines = new Machines(this.#timeline);
  readonly #server: Server;
  readonly #worker: Worker;
  readonly #happened: Happening[] = [];
  readonly #phases: string[] = [];
  readonly #putBack: string[] = [];
  #holdStoppedOver: Lease[] = [];
  #isLost = false;
  #guardAt = Infinity;
  #healingAt = Infinity;

  constructor(sandbox: Sandbox, chosen: Case) {
    this.#chosen = chosen;
    const ground = {
      timeline: this.#timeline,
      machines: this.#machines,
      world: this.#world,
      journal: new Set<string>(),
    };
    const identity = { workflowType: chosen.type, workflowId: 'by-chance', runId: `run-${(runs += 1)}` };
    this.#server = new Server(sandbox, this.#timeline, identity, {
      afterTask: (nth) => this.#afterTask(nth),
      onPhase: (phase) => {
        this.#phases.push(phase);
        this.#world.isBodyAtWork = phase === 'disturbing';
        if (phase === 'healing') this.#healingAt = this.#timeline.now;
      },
      onCancelAsked: (name) => {
        if (name === 'hold') this.#holdStoppedOver = this.#standing();
      },
      begin: (attempt) => {
        const { name, ask } = attempt.activity;
        if (name === 'heal' && attempt.number === 1 && this.#phases.includes('healing'))
          this.#putBack.push(ask.id ?? '');
        this.#worker.begin(attempt);
      },
      lost: (attempt) => this.#worker.lost(attempt),
    });
    const { activities } = this.#server;
    this.#worker = new Worker({
      ...{ ground, world: this.#world, steps: stepsOnMachines(ground, doorFor(chosen)), mishaps: chosen.mishaps },
      roll: dice(chosen.pace),
      report: (attempt, ending) => {
        if (attempt.activity.name === 'watchGuards' && ending.how === 'well') this.#guardAt = this.#timeline.now;
        activities.report(attempt, ending);
      },
      fallenSilent: (attempt) => activities.fallenSilent(attempt),
      isRunGone: () => this.#server.status !== 'RUNNING',
    });
    this.#machines
      .of('guardian')
      .arm(FOREIGN_FAULT, FOREIGN, { kind: 'container', target: 'machine guardian', action: 'kill' }, 1e9);
  }

  async run(): Promise<Simulated> {
    const { leaseSeconds } = this.#chosen;
    this.#server.start({ leaseSeconds });
    const latest = this.#timeline.now + LONGEST_MS;
    while (this.#server.status === 'RUNNING') {
      if (!(await this.#timeline.next(latest))) throw new Error(`it hangs ${this.#phases.at(-1)}`);
    }
    const standingAtEnd = this.#standing();
    const { closedAt } = this.#server;
    while (await this.#timeline.next(closedAt + AFTERMATH_MS));
    const { status, failure, tasks } = this.#server;
    return {
      tasks,
      ...{ status, failure, result: this.#result(), world: this.#world, machines: this.#machines, closedAt },
      ...{
        fates: this.#machines.fates.filter(({ id }) => id !== FOREIGN_FAULT),
        standingAtEnd,
        standingAtLast: this.#standing(),
        phases: this.#phases,
      },
      ...{ lastLate: this.#worker.lastLate, met: [...this.#worker.met], happened: this.#happened },
      ...{ putBack: this.#putBack, holdStoppedOver: this.#holdStoppedOver },
      guardedMs: this.#healingAt - this.#guardAt,
    };
  }

  #result(): RunResult | undefined {
    const { result, failure } = this.#server;
    const [detail] = failure?.applicationFailureInfo?.details?.payloads ?? [];
    return ((detail ? decoded(detail) : result) as RunResult | undefined) ?? this.#world.results.at(-1);
  }

  #standing(): Lease[] {
    return this.#machines.leases.filter(({ owner }) => owner !== FOREIGN).map((lease) => ({ ...lease }));
  }

  #afterTask(nth: number): 'lost' | 'told' {
    this.#isLost = false;
    for (const happening of this.#chosen.happenings) {
      if (happening.afterTask !== nth) continue;
      if (happening.kind === 'task is lost') this.#isLost = true;
      else this.#timeline.in(happening.afterMs, () => this.#happen(happening));
    }
    return this.#isLost ? 'lost' : 'told';
  }

  async #happen(happening: Happening): Promise<void> {
    if (this.#server.status !== 'RUNNING') return;
    this.#happened.push(happening);
    const [server, worker, machines, world] = [this.#server, this.#worker, this.#machines, this.#world];
    await happen(happening, { server, worker, machines, world, standing: this.#standing() });
  }
}
