import type { FaultSpec, NetemShape } from './fault-spec.ts';
import type { FaultRecord, Message } from './run.ts';

/** One option of a scenario: what anybody may put into its input, with its default and bounds. */
export type OptionSpec =
  | { type: 'number'; default: number; min: number; max: number; what: string }
  | { type: 'choice'; default: string; choices: string[]; what: string };

export type OptionSpecs = Record<string, OptionSpec>;

/** The options as a body sees them: every one has a value. */
export type Options<S extends OptionSpecs> = {
  [K in keyof S]: S[K] extends { type: 'number' } ? number : string;
};

/** What a scenario says of itself; the CLI, the frame and the docs all read it from here. */
export interface ScenarioDefinition {
  /** Begins with the maintainers' number (`MR-01.`); the sentence that the verdict is about. */
  claim: string;
  /** Relays, clients or machines that it breaks: held exclusively. */
  breaks: string[];
  /** Clients that it drives: they are arranged before, and hold every acknowledged message after. */
  clients: string[];
  options: OptionSpecs;
}

/** A fault that a scenario has put in place. */
export interface FaultHandle {
  readonly record: FaultRecord;
  readonly spec: FaultSpec;
}

/**
 * The language that scenarios are written in. Every `expect…` that does not hold fails the claim; everything that the tool
 * could not do or see makes the run inconclusive.
 */
export interface Chaos<S extends OptionSpecs = OptionSpecs> {
  readonly options: Options<S>;
  kill(relay: string, signal?: string): Promise<FaultHandle>;
  stop(relay: string): Promise<FaultHandle>;
  restart(relay: string): Promise<FaultHandle>;
  pause(relay: string): Promise<FaultHandle>;
  /** Cuts `target` off from everything but control: the only cut that stops 0k-sync. */
  cutOff(target: string): Promise<FaultHandle>;
  /** Cuts `target` from the named machines or relays only, both ways. */
  cut(target: string, from: string[]): Promise<FaultHandle>;
  /** Shapes what leaves `target`, on its interface towards `toward`. */
  netem(target: string, shape: NetemShape, toward?: string): Promise<FaultHandle>;
  /** Heals one fault before the end of the body. */
  heal(fault: FaultHandle): Promise<void>;
  /** Pushes `count` unique messages, one after the other; each has to be acknowledged. */
  push(client: string, count?: number): Promise<Message[]>;
  /** Waits until every message is at every client, each within the fleet's `deliverSeconds`. */
  expectDelivered(messages: Message[], ...clients: string[]): Promise<void>;
  /** None of the messages is at the client now. */
  expectMissing(messages: Message[], client: string): Promise<void>;
}

/** `relay(1)` is `relay-1`, the first relay of the fleet. */
export const relay = (n: number): string => `relay-${n}`;
