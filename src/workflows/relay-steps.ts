import { specOf } from '../contract/message-spec.ts';
import type { Message } from '../contract/run.ts';
import type { RunContext } from './context.ts';
import { ClaimBroken } from './evidence.ts';
import { step } from './steps.ts';

/** Each relay, asked alone by the first client, gets there before the fleet's deadline. */
export async function heldBy(
  { run, admitted, state }: RunContext,
  messages: Message[],
  relays: string[],
): Promise<void> {
  if (admitted.relays.every((relay) => relays.includes(relay)))
    state.claimedAtEach.push(...messages.map(({ id }) => id));
  const [client = ''] = admitted.drives;
  const seconds = admitted.deliverSeconds + admitted.commandSeconds + 60;
  const asked = relays.map(async (relay) => {
    const ask = { run, client, relay, messages: messages.map(specOf) };
    const { lacking, evidence } = await step('heldBy', `ask ${relay} alone for what was pushed`, ask, seconds);
    state.note(`${relay} has ${messages.length - lacking.length} of ${messages.length}`);
    return lacking.length === 0 ? [] : [`${relay} lacks ${lacking.join(', ')} (${evidence})`];
  });

  await Promise.allSettled(asked);
  const lacks = (await Promise.all(asked)).flat();
  if (lacks.length === 0) return;
  throw new ClaimBroken('relay-lacks', `${relays.join(', ')} each hold every message`, lacks.join('; '), lacks.length);
}

export async function endpointOf({ run }: RunContext, relay: string): Promise<string> {
  const { id } = await step('endpoint', `read the endpoint id of ${relay}`, { run, relay });
  return id;
}

export async function newEndpoint({ run, admitted, state }: RunContext, relay: string, old: string): Promise<void> {
  const [client = ''] = admitted.drives;
  const ask = { run, relay, old, client };
  const { id, oldAnswers } = await step(
    'endpoint',
    `ask ${relay} at its old endpoint id`,
    ask,
    admitted.commandSeconds + 60,
  );

  state.note(`${relay} was ${old.slice(0, 8)}… and is ${id.slice(0, 8)}…`);
  const claim = `${relay} has a new endpoint id, and nobody answers at the old one`;
  if (id === old) throw new ClaimBroken('endpoint-id-kept', claim, `it is ${id.slice(0, 8)}… as before`);
  if (oldAnswers) throw new ClaimBroken('endpoint-id-kept', claim, `${old.slice(0, 8)}… still answers ${client}`);
}

export async function reconfigure({ run, admitted, state }: RunContext): Promise<void> {
  await step('reconfigure', 'give every client the present endpoint ids', { run, clients: admitted.drives }, 120);
  state.note('every client has the present endpoint ids');
}
