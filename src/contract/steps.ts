import type { FaultSpec } from './fault-spec.ts';
import type { Bite, Delivery, Finding, HealedBy, Message, RunInput, RunRef, RunResult } from './run.ts';
import type { OptionSpecs, ScenarioDefinition } from './scenario.ts';

/** The activities of a run: what workflows ask for and what they get back. Small data only; the rest is in the journal. */
export interface Steps {
  /** Checks the input at the door. @throws BadInput naming the field. */
  admit(ask: { run: RunRef; input: unknown; definition: ScenarioDefinition }): Promise<Admitted>;
  /** Takes everything the run breaks (exclusively) and uses (shared), or waits in line until it would wait for something else than `seen`. */
  lock(ask: { run: RunRef; exclusive: string[]; shared: string[]; seen?: string }): Promise<Locked>;
  unlock(ask: { run: RunRef }): Promise<void>;
  /** Ground, leftovers, baseline. @throws GroundFailed with every problem and its way out. */
  prepare(ask: { run: RunRef; targets: string[]; clients: string[] }): Promise<Ground>;
  /** A sync group of the run's own on all clients. */
  arrange(ask: { run: RunRef; clients: string[] }): Promise<void>;
  /** Renews the run's leases until cancelled; heals them when the run is gone. */
  hold(ask: { run: RunRef; machines: string[]; leaseSeconds: number }): Promise<void>;
  inject(ask: FaultAsk): Promise<Injected>;
  /** Undoes one fault, proves it, waits until what was broken serves again. Safe to repeat. */
  heal(ask: FaultAsk): Promise<Healed>;
  push(ask: { run: RunRef; client: string; texts: string[] }): Promise<Message[]>;
  awaitDelivery(ask: { run: RunRef; client: string; texts: string[] }): Promise<Delivery[]>;
  /** One look: which of the texts are at the client now. */
  look(ask: { run: RunRef; client: string; texts: string[] }): Promise<{ present: string[]; evidence: string }>;
  /** What must hold after every run, once all is healed. */
  invariants(ask: { run: RunRef; messages: Message[]; clients: string[] }): Promise<Invariants>;
  /** Compares every machine with its baseline. */
  verify(ask: { run: RunRef; machines: string[] }): Promise<{ residue: string[] }>;
  /** Writes the journal and removes what the run left on the clients; returns the journal's path. */
  conclude(ask: { run: RunRef; input: RunInput; result: RunResult; clients: string[] }): Promise<string>;
}

/** `token`: granted. `waitsFor`: not yet, and for people what stands in the way. */
export type Locked = { token: number; waitsFor?: never } | { waitsFor: string; token?: never };

export interface Admitted {
  fleet: string;
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
}

export interface Ground {
  /** What was checked, one line each, with seconds. */
  checks: { what: string; seconds: number }[];
  /** Leftovers of dead runs that were healed first. */
  swept: string[];
}

export interface FaultAsk {
  run: RunRef;
  id: string;
  spec: FaultSpec;
  leaseSeconds: number;
}

export interface Injected {
  injectedAt: string;
  bite: Bite;
}

export interface Healed {
  healedAt: string;
  healedBy: HealedBy;
  seconds: number;
  /** The effect measured again; null where it cannot be. */
  after: Bite['after'] | null;
}

export interface Invariants {
  deliveries: Delivery[];
  /** Acknowledged and missing, altered, or leaked: these fail a run, whatever its claim. */
  broken: string[];
  /** What could not be seen. */
  unknown: string[];
  findings: Finding[];
}

export type { OptionSpecs };
