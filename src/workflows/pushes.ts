import type { Message } from '../contract/run.ts';
import type { RunContext } from './context.ts';
import { ClaimBroken } from './evidence.ts';
import { pushSeconds, step } from './steps.ts';

/** Pushes from one client; every message has to be acknowledged. @returns those that were */
export async function push(
  context: RunContext,
  client: string,
  count: number,
  options: { whilePulling?: string } = {},
): Promise<Message[]> {
  const messages = await pushed(context, client, count, options);
  const refused = messages.find(({ outcome, retriedAs }) => outcome !== 'acknowledged' && retriedAs === undefined);
  if (refused) {
    const count = messages.filter(({ outcome }) => outcome !== 'acknowledged').length;
    const what = `it was ${refused.outcome}: ${refused.evidence}`;
    throw new ClaimBroken('push-not-acknowledged', `a push from ${client} succeeds`, what, count);
  }
  return messages.filter(({ outcome }) => outcome === 'acknowledged');
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
  for (const { id, bytes, outcome, seconds } of messages) {
    state.note(`${client} pushed ${id} (${bytes} bytes): ${outcome} after ${seconds.toFixed(1)} s`);
  }
  return messages;
}
