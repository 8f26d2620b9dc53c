import type { FaultSpec, NetemShape } from './fault-spec.ts';
import type { Edge } from './grudges.ts';
import type { Payload } from './message-spec.ts';
import type { FaultRecord, Message } from './run.ts';

/** One option of a scenario: what anybody may put into its input, with its default and bounds. */
export type OptionSpec =
  | { type: 'number'; default: number; min: number; max: number; what: string }
  | { type: 'choice'; default: string; choices: string[]; what: string }
  /** A network interface by its name; default: found from the route. */
  | { type: 'interface'; default: ''; what: string }
  /** A relay or a client of the fleet, chosen by its role in the scenario. */
  | { type: 'relay' | 'client'; default: string; what: string };

export type OptionSpecs = Record<string, OptionSpec>;

/** The options as a body sees them: every one has a value. */
export type Options<S extends OptionSpecs> = {
  [K in keyof S]: S[K] extends { type: 'number' } ? number : string;
};

/** What a scenario says of itself; the CLI, the frame and the docs all read it from here. */
export interface ScenarioDefinition {
  /** Begins with the maintainers' number (`MR-01.`); the sentence that the verdict is about. */
  claim: string;
  /** Relays, clients or machines that it breaks: held exclusively. `$relay` is whatever the option `relay` says. */
  breaks: string[];
  /** Clients that it drives: they are arranged before, and hold every acknowledged message after. `$from` is an option. */
  clients: string[];
  /** Unless the input says otherwise. */
  payload: Payload;
  options: OptionSpecs;
}

/** The names behind `$option` references, each once. */
export const namesIn = (names: string[], options: Record<string, unknown>): string[] => [
  ...new Set(names.map((name) => (name.startsWith('$') ? String(options[name.slice(1)]) : name))),
];

/** As `FaultSpec` has it. */
export type CutHow = Partial<Pick<Extract<FaultSpec, { kind: 'partition' }>, 'direction' | 'ports' | 'control'>>;
export type NetemWhere = Pick<Extract<FaultSpec, { kind: 'netem' }>, 'toward' | 'interface' | 'direction' | 'ports'>;

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
  /** A new container of the same image, so under a new id. */
  recreate(relay: string): Promise<FaultHandle>;
  /** A new container of an image built anew. */
  rebuild(relay: string): Promise<FaultHandle>;
  /** Cuts `target` off from everything but control: the only cut that stops 0k-sync. */
  cutOff(target: string, how?: CutHow): Promise<FaultHandle>;
  /** Cuts `target` from the named machines or relays only; both ways, unless `how` says otherwise. */
  cut(target: string, from: string[], how?: CutHow): Promise<FaultHandle>;
  /** Cuts one-way edges, such as `isolate('guardian', nodes)` of contract/grudges.ts: each where `breaks` lets it be cut. */
  partition(edges: Edge[]): Promise<FaultHandle[]>;
  /** Shapes what leaves `target` towards `where`, a machine or relay; or what `where` says. */
  netem(target: string, shape: NetemShape, where?: string | NetemWhere): Promise<FaultHandle>;
  /** Heals one fault before the end of the body. */
  heal(fault: FaultHandle): Promise<void>;
  /**
   * Pushes `count` unique messages, one after the other; each has to be acknowledged.
   * `whilePulling`: that client pulls again and again meanwhile.
   */
  push(client: string, count?: number, options?: { whilePulling?: string }): Promise<Message[]>;
  /** A push that must not be acknowledged, but end by itself and say why. */
  expectPushFails(client: string): Promise<void>;
  /** Waits until every message is at every client, each within the fleet's `deliverSeconds`. */
  expectDelivered(messages: Message[], ...clients: string[]): Promise<void>;
  /** What `expectDelivered` saw at the client was each message once. */
  expectOnce(messages: Message[], client: string): Promise<void>;
  /** What `expectDelivered` saw at the client was in the order of the pushes. */
  expectInOrder(messages: Message[], client: string): Promise<void>;
  /** None of the messages is at the client now. */
  expectMissing(messages: Message[], client: string): Promise<void>;
  /** Each of these relays, asked alone, has every message. */
  expectHeldBy(messages: Message[], ...relays: string[]): Promise<void>;
  /** The endpoint id that the relay has now. */
  endpointOf(relay: string): Promise<string>;
  /** The relay has another endpoint id than `old`, and nobody answers at the old one. */
  expectNewEndpoint(relay: string, old: string): Promise<void>;
  /** Gives every client the endpoint ids that the relays have now; cursors are kept. */
  reconfigure(): Promise<void>;
}

/** `relay(1)` is `relay-1`, the first relay of the fleet. */
export const relay = (n: number): string => `relay-${n}`;
