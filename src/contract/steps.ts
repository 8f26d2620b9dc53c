import type { ContainerAction, FaultSpec } from './fault-spec.ts';
import type { Fence } from './fleet-lock.ts';
import type { MessageSpec, Payload } from './message-spec.ts';
import type { Bite, Delivery, Finding, HealedBy, Message, RunInput, RunRef, RunResult } from './run.ts';
import type { ScenarioDefinition } from './scenario.ts';

/** The activities of a run: what workflows ask for and what they get back. Small data only; the rest is in the journal. */
export interface Steps {
  /** Checks the input at the door. @throws BadInput naming the field. */
  admit(ask: { run: RunRef; input: unknown; definition: ScenarioDefinition }): Promise<Admitted>;
  /** Takes everything the run breaks (exclusively) and uses (shared), or waits in line until it would wait for something else than `seen`. */
  lock(ask: { run: RunRef; exclusive: string[]; shared: string[]; seen?: string }): Promise<Locked>;
  unlock(ask: { run: RunRef }): Promise<void>;
  /** Fences, ground, leftovers, baseline. @throws GroundFailed with every problem and its way out. */
  prepare(ask: { run: RunRef; targets: string[]; clients: string[]; fence: Fence }): Promise<Ground>;
  /** A sync group of the run's own on all clients, and a first message in it, from the first of them. */
  arrange(ask: {
    run: RunRef;
    clients: string[];
    first?: MessageSpec;
  }): Promise<{ findings: Finding[]; first?: Message[] }>;
  /** Renews the run's leases until cancelled; heals them when the run is gone. */
  hold(ask: { run: RunRef; machines: string[]; leaseSeconds: number }): Promise<void>;
  /** Looks at what the fleet file says must be well, until it was not for as long as it may; only where there is such a guard. */
  watchGuards(ask: { run: RunRef }): Promise<{ reason: string }>;
  inject(ask: FaultAsk): Promise<Injected>;
  /** Undoes one fault, proves it, waits until what was broken serves again. Safe to repeat. */
  heal(ask: HealAsk): Promise<Healed>;
  /** Which of these faults of the run do not stand any more, each with what is there instead. */
  gone(ask: { run: RunRef; faults: { id: string; target: string; spec?: FaultSpec }[] }): Promise<string[]>;
  push(ask: PushAsk): Promise<Message[]>;
  awaitDelivery(ask: { run: RunRef; client: string; messages: MessageSpec[] }): Promise<Delivery[]>;
  /** One look: ids of those messages that are at the client now. */
  look(ask: { run: RunRef; client: string; messages: MessageSpec[] }): Promise<{ present: string[]; evidence: string }>;
  /** Asks one relay alone, by that client, until it has all of them. @returns what it lacks. */
  heldBy(ask: { run: RunRef; client: string; relay: string; messages: MessageSpec[] }): Promise<{
    lacking: string[];
    evidence: string;
  }>;
  /** The relay's endpoint id now, and whether anybody answers `client` at `old`. */
  endpoint(ask: { run: RunRef; relay: string; old?: string; client?: string }): Promise<{
    id: string;
    oldAnswers: boolean;
  }>;
  /** The relays' present endpoint ids go into every client's group file. */
  reconfigure(ask: { run: RunRef; clients: string[] }): Promise<void>;
  /** What must hold after every run, once all is healed. */
  invariants(ask: InvariantsAsk): Promise<Invariants>;
  /** Compares every machine with its baseline. */
  verify(ask: { run: RunRef; machines: string[] }): Promise<{ residue: string[] }>;
  /** Writes the journal and removes what the run left on the clients; returns the journal's path. */
  conclude(ask: { run: RunRef; input: RunInput; result: RunResult; clients: string[] }): Promise<string>;
}

/** `token`: granted. `waitsFor`: not yet, and for people what stands in the way. */
export type Locked = { token: number; waitsFor?: never } | { waitsFor: string; token?: never };

export interface Admitted {
  fleet: string;
  seed: number;
  payload: Payload;
  iterations: number;
  /** Relays, clients or machines that the run breaks, by their names in the fleet. */
  breaks: string[];
  /** All that breaks with them: what the run must have to itself. */
  exclusive: string[];
  /** Clients that the run drives. */
  drives: string[];
  /** Defaults filled in. */
  options: Record<string, number | string>;
  leaseSeconds: number;
  /** Machines on which the run may break something. */
  machines: string[];
  relays: string[];
  clients: string[];
  /** The fleet's `times`, in seconds: the deadlines of activities follow from them. */
  commandSeconds: number;
  deliverSeconds: number;
  healthySeconds: number;
  /** What the run ends by when it fails for long, for people; absent: the fleet has no such guard. */
  abortWhen?: string[];
  /** A fault that stands longer ends the run. */
  longestFaultSeconds?: number;
}

export interface Ground {
  /** What was checked, one line each, with seconds. */
  checks: { what: string; seconds: number }[];
  /** Leftovers of dead runs that were healed first. */
  swept: string[];
  /** By which the run holds from now on, where a machine had seen a higher one than it was granted. */
  token?: number;
}

export interface FaultAsk {
  run: RunRef;
  id: string;
  spec: FaultSpec;
  leaseSeconds: number;
  /** By which its run holds what it breaks; without: broken by hand. */
  token?: number;
}

/** `injectedAt`: what the inject answered; absent: it may or may not have been injected. */
export interface HealAsk extends FaultAsk {
  injectedAt?: string;
}

export interface Injected {
  injectedAt: string;
  bite: Bite;
}

export interface PushAsk {
  run: RunRef;
  client: string;
  messages: MessageSpec[];
  /** Pulls again and again while the pushes go on. */
  whilePulling?: string;
}

/** By a fault of the run. */
export interface ContainerFault {
  target: string;
  action: ContainerAction;
  /** When the container had begun to run, once it was healed; absent: nobody knows. */
  startedAt?: string;
}

export interface InvariantsAsk {
  run: RunRef;
  messages: Message[];
  clients: string[];
  /** Relays that were broken: they may lack what was pushed meanwhile. */
  broken: string[];
  /** What the run has done to containers itself: only so may they have been restarted. */
  containerFaults?: ContainerFault[];
  /** Ids of messages that the claim wants at every relay. */
  atEach?: string[];
  /** Ids of messages that were pushed before anything was broken. */
  beforeAll?: string[];
  /** The last message of the run, pushed once all is healed. */
  canary: MessageSpec;
}

export interface Healed {
  healedAt: string;
  healedBy: HealedBy;
  seconds: number;
  /** The effect measured again; null where it cannot be. */
  after: Bite['after'] | null;
  /** Why what was broken is not what it was, by that measurement; absent: it is. */
  notBack?: string;
}

export interface Invariants {
  /** The canary, as it was pushed. */
  canary: Message | null;
  /** What each client read in the end, from whichever relay. */
  deliveries: Delivery[];
  /** Acknowledged and missing, altered, or leaked: these fail a run, whatever its claim. */
  broken: Finding[];
  /** What could not be seen. */
  unknown: string[];
  /** What befell the relays from outside: a clock that jumped, a restart that was not the run's, locks that were taken away; absent in histories of earlier versions. */
  outside?: string[];
  findings: Finding[];
}

/** Of a step that may be tried again. */
export const MOST_ATTEMPTS = 5;

/** Steps with neither a deadline nor a last attempt, on the queue of heals. */
export const TRIED_WITHOUT_END: ReadonlySet<string> = new Set<keyof Steps>(['heal', 'verify', 'unlock']);
