import { specOf } from '../contract/message-spec.ts';
import type { Delivery, Message } from '../contract/run.ts';
import type { RunContext } from './context.ts';
import { ClaimBroken } from './evidence.ts';
import { mustHaveEndedByItself, pushed } from './pushes.ts';
import { pushSeconds, step } from './steps.ts';

/** Every message is at every client before the fleet's deadline. */
export async function delivered(context: RunContext, messages: Message[], clients: string[]): Promise<void> {
  const waits = clients.map((client) => lackingAt(context, messages, client));

  // All of them, also when one fails: two must never ask one client at once, and the invariants are asked next.
  await Promise.allSettled(waits);
  const lacking = (await Promise.all(waits)).flat();
  if (lacking.length === 0) return;
  throw new ClaimBroken(
    'not-delivered',
    `${clients.join(', ')} receive${clients.length === 1 ? 's' : ''} every message`,
    `${lacking.join('; ')} after ${context.admitted.deliverSeconds} s`,
  );
}

async function lackingAt({ run, admitted, state }: RunContext, messages: Message[], client: string): Promise<string[]> {
  const wanted = messages.length === 1 ? 'the message' : `all ${messages.length} messages`;
  const seconds = admitted.deliverSeconds + admitted.commandSeconds + 60;
  const ask = { run, client, messages: messages.map(specOf) };

  const deliveries = await step('awaitDelivery', `wait until ${client} has ${wanted}`, ask, seconds);

  state.deliveries.push(...deliveries);
  const late = deliveries.filter((one) => one.seconds === null);
  const slowest = Math.max(...deliveries.map((one) => one.seconds ?? admitted.deliverSeconds));
  state.note(`${client} has ${messages.length - late.length} of ${messages.length} after ${slowest.toFixed(1)} s`);
  return late.length === 0
    ? []
    : [`${client} lacks ${late.length} of ${messages.length} messages, such as ${late[0]?.message}`];
}

export async function once(context: RunContext, messages: Message[], client: string): Promise<void> {
  context.state.claimsOnce = true;
  const twice = (await seenAt(context, messages, client)).filter(({ copies }) => copies > 1);
  if (twice.length === 0) return;
  const example = `${twice[0]?.message} came ${twice[0]?.copies} times`;
  throw new ClaimBroken('duplicate', `${client} receives every message once`, example, twice.length);
}

export async function inOrder(context: RunContext, messages: Message[], client: string): Promise<void> {
  const places = (await seenAt(context, messages, client)).flatMap(({ message, cursor, place = cursor }) =>
    place === null ? [] : [{ message, place }],
  );
  const behind = places.filter(({ place }, n) => n > 0 && place < (places[n - 1]?.place ?? 0));
  const [first] = behind;
  if (first === undefined) return;
  const example = `${first.message} stands at ${first.place}, before the one that was pushed ahead of it`;
  const claim = `${client} receives the messages in the order of the pushes`;
  throw new ClaimBroken('out-of-order', claim, example, behind.length);
}

/** What was last seen of these messages at the client; they are waited for where nobody has looked yet. */
async function seenAt(context: RunContext, messages: Message[], client: string): Promise<Delivery[]> {
  const seen = (): Delivery[] =>
    messages.flatMap(
      ({ id }) => context.state.deliveries.findLast(({ message, to }) => message === id && to === client) ?? [],
    );
  if (seen().length < messages.length) await delivered(context, messages, [client]);
  return seen();
}

/** Holds only while the faults stand, so that a fault that somebody ended is told from a claim that is broken. */
export async function missing(
  { run, admitted, state, faults }: RunContext,
  messages: Message[],
  client: string,
): Promise<void> {
  const ask = { run, client, messages: messages.map(specOf) };
  const { present } = await step('look', `look that ${client} has none of them`, ask, pushSeconds(admitted, 1));

  state.note(`${client} has ${present.length} of ${messages.length}`);
  if (present.length === 0) return;
  await faults.mustStand();
  const seen = `it has ${present.length} of ${messages.length}, such as ${present[0]}`;
  throw new ClaimBroken('not-missing', `${client} receives none of the messages`, seen, present.length);
}

/** More than that it failed. */
const saysWhy = ({ evidence }: Message): boolean =>
  !/^(?:Error:|Push queued \(offline mode\): no reason given)$/.test(evidence.trim());

/** As `missing`, it holds only while the faults stand. */
export async function pushFails(context: RunContext, client: string): Promise<void> {
  const claim = `a push from ${client} fails, says why, and ends by itself`;
  // The last one: what stands before it was under way when a worker died.
  const message = (await pushed(context, client, 1)).at(-1);
  if (message === undefined || (message.outcome === 'refused' && saysWhy(message))) return;
  mustHaveEndedByItself(message);
  await context.faults.mustStand();
  if (message.outcome === 'refused')
    throw new ClaimBroken('push-unexplained', claim, `all that ${message.id} came to is \`${message.evidence}\``);
  if (message.outcome === 'acknowledged') {
    throw new ClaimBroken('push-acknowledged', claim, `${message.id} was acknowledged (blob ${message.blobId})`);
  }
  throw new ClaimBroken('push-hangs', claim, `${message.id} was indeterminate: ${message.evidence}`);
}
