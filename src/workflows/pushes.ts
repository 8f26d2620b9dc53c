import type { Message } from '../contract/run.ts';
import type { RunContext } from './context.ts';
import { ClaimBroken, Interrupted } from './evidence.ts';
import type { RunState } from './run-state.ts';
import { pushSeconds, step } from './steps.ts';

/** Pushes from one client; every message has to be acknowledged. @returns those that were */
export async function push(
  context: RunContext,
  client: string,
  count: number,
  options: { whilePulling?: string } = {},
): Promise<Message[]> {
  const messages = await pushed(context, client, count, options);
  mustBeAcknowledged(messages);
  return messages.filter(({ outcome }) => outcome === 'acknowledged');
}

/** @throws ClaimBroken, and Interrupted where nobody knows */
export function mustBeAcknowledged(messages: Message[], when = ''): void {
  const not = messages.filter(({ outcome, retriedAs }) => outcome !== 'acknowledged' && retriedAs === undefined);
  const refused = not.find(({ endedBy }) => endedBy === undefined);
  if (refused) {
    const count = messages.filter(({ outcome }) => outcome !== 'acknowledged').length;
    const what = `it was ${refused.outcome}: ${refused.evidence}`;
    throw new ClaimBroken('push-not-acknowledged', `a push from ${refused.from} succeeds ${when}`.trim(), what, count);
  }
  not.forEach(mustHaveEndedByItself);
}

export function noted(state: RunState, messages: Message[]): void {
  for (const { id, from, bytes, outcome, seconds } of messages)
    state.note(`${from} pushed ${id} (${bytes} bytes): ${outcome} after ${seconds.toFixed(1)} s`);
}

/** Pushes, whatever comes of it; a message that was under way when a worker died is replaced by another. */
export async function pushed(
  { run, admitted, state, deck, pushed: all }: RunContext,
  client: string,
  count: number,
  options: { whilePulling?: string } = {},
): Promise<Message[]> {
  const summary = `push ${count === 1 ? 'a message' : `${count} messages`} from ${client}`;
  const ask = { run, client, messages: deck.deal(count, admitted.payload), ...options };

  const pulls = options.whilePulling === undefined ? 0 : 1;
  const messages = await step('push', summary, ask, pushSeconds(admitted, count + pulls));

  all.push(...messages);
  noted(state, messages);
  return messages;
}

/** @throws Interrupted where somebody else ended the client, so that nobody knows how the push would have gone */
export function mustHaveEndedByItself({ from, endedBy, evidence }: Message): void {
  if (endedBy !== undefined) throw new Interrupted(`somebody, or a machine without memory, ended ${from}: ${evidence}`);
}
