import type { FaultSpec } from '../contract/fault-spec.ts';
import { faultWords } from '../contract/fault-words.ts';
import type { FaultRecord, Message } from '../contract/run.ts';
import type { Droppers } from '../contract/grudges.ts';
import { namesIn } from '../contract/scenario.ts';
import type { Chaos, FaultHandle, Options, OptionSpecs } from '../contract/scenario.ts';
import { describeFault } from '../contract/describe-fault.ts';
import type { Scenario } from '../workflows/scenario.ts';

/** What a body would do, in its own order. */
export type Intent =
  | { does: 'inject'; n: number; spec: FaultSpec }
  | { does: 'heal'; n: number; what: string }
  | { does: 'push'; from: string; count: number }
  | { does: 'expect delivered'; count: number; to: string[] }
  | { does: 'expect missing'; count: number; at: string }
  | { does: 'expect push fails'; from: string }
  | { does: 'look'; text: string };

/** Runs a scenario's body against nothing: every word of the harness is written down and succeeds. Pure. */
export async function intentsOf(
  { definition, body }: Pick<Scenario, 'definition' | 'body'>,
  options: Record<string, number | string>,
  relays: string[],
): Promise<Intent[]> {
  const intents: Intent[] = [];
  await body(
    recording(intents, options as Options<OptionSpecs>, { relays, breaks: namesIn(definition.breaks, options) }),
  );
  return intents;
}

function recording(intents: Intent[], options: Options<OptionSpecs>, droppers: Droppers): Chaos {
  const note = <T>(intent: Intent, value: T): Promise<T> => {
    intents.push(intent);
    return Promise.resolve(value);
  };
  const inject = (spec: FaultSpec): Promise<FaultHandle> => {
    const n = intents.filter(({ does }) => does === 'inject').length + 1;
    return note({ does: 'inject', n, spec }, { record: recordOf(n, spec), spec });
  };
  const look = (text: string): Promise<void> => note({ does: 'look', text }, undefined);
  return {
    options,
    ...faultWords(inject, droppers),
    heal: ({ record }) => note({ does: 'heal', n: Number(record.id), what: record.summary }, undefined),
    push: (from, count = 1) => note({ does: 'push', from, count }, messages(from, count)),
    expectPushFails: (from) => note({ does: 'expect push fails', from }, undefined),
    expectOnce: (_, at) => look(`claim: ${at} has each of them once`),
    expectInOrder: (_, at) => look(`claim: ${at} has them in the order of the pushes`),
    expectHeldBy: ({ length }, ...names) =>
      look(`claim: ${names.join(', ')}, each asked alone, has ${messagesOf(length)}`),
    endpointOf: (name) => look(`read the endpoint id of ${name}`).then(() => '0'.repeat(64)),
    expectNewEndpoint: (name) => look(`claim: ${name} has a new endpoint id, and nobody answers at the old one`),
    reconfigure: () => look('give every client the present endpoint ids'),
    expectDelivered: ({ length: count }, ...to) => note({ does: 'expect delivered', count, to }, undefined),
    expectMissing: ({ length: count }, at) => note({ does: 'expect missing', count, at }, undefined),
  };
}

const recordOf = (n: number, spec: FaultSpec): FaultRecord => ({
  ...{ id: String(n), kind: spec.kind, target: spec.target, summary: describeFault(spec) },
  ...{ injectedAt: null, healedAt: null, healedBy: null, healSeconds: null, bite: null },
});

const messages = (from: string, count: number): Message[] =>
  Array.from({ length: count }, (_, n) => ({
    ...{ id: `m-${n + 1}`, shape: 'line' as const, bytes: 48, seed: 0, from, seconds: 0 },
    ...{ outcome: 'acknowledged' as const, mayBeStored: true, blobId: null, evidence: '' },
  }));

/** One line for people. */
export function describeIntent(intent: Intent): string {
  switch (intent.does) {
    case 'inject':
      return `break ${intent.n}: ${describeFault(intent.spec)}`;
    case 'heal':
      return `heal ${intent.n}: ${intent.what}`;
    case 'push':
      return `${intent.from} pushes ${messagesOf(intent.count)}`;
    case 'expect delivered':
      return `claim: ${intent.to.join(', ')} ${intent.to.length === 1 ? 'gets' : 'get'} ${messagesOf(intent.count)}`;
    case 'look':
      return intent.text;
    case 'expect push fails':
      return `claim: a push from ${intent.from} fails, says why, and ends by itself`;
    case 'expect missing':
      return `claim: ${intent.at} has none of ${messagesOf(intent.count)}`;
  }
}

const messagesOf = (count: number): string => (count === 1 ? 'the message' : `${count} messages`);
