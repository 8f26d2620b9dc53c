import { uuid4 } from '@temporalio/workflow';
import type { FaultSpec } from '../contract/fault-spec.ts';
import type { Message, RunRef } from '../contract/run.ts';
import type { Chaos, FaultHandle, Options, OptionSpecs } from '../contract/scenario.ts';
import type { Admitted } from '../contract/steps.ts';
import { ClaimBroken } from './evidence.ts';
import type { StandingFaults } from './faults.ts';
import type { RunState } from './run-state.ts';
import { pushSeconds, step } from './steps.ts';

/** The harness that scenario bodies speak: every word is one activity, and one line in the UI. */
export function createChaos<S extends OptionSpecs>(
  run: RunRef,
  admitted: Admitted,
  faults: StandingFaults,
  state: RunState,
  pushed: Message[],
): Chaos<S> {
  const container = (target: string, action: 'kill' | 'stop' | 'restart' | 'pause', signal?: string) =>
    faults.inject({ kind: 'container', target, action, ...(signal === undefined ? {} : { signal }) });
  const partition = (target: string, from: 'all' | string[]) =>
    faults.inject({ kind: 'partition', target, from, direction: 'both' });

  return {
    options: admitted.options as Options<S>,
    kill: (target, signal = 'SIGKILL') => container(target, 'kill', signal),
    stop: (target) => container(target, 'stop'),
    restart: (target) => container(target, 'restart'),
    pause: (target) => container(target, 'pause'),
    cutOff: (target) => partition(target, 'all'),
    cut: (target, from) => partition(target, from),
    netem: (target, shape, toward): Promise<FaultHandle> =>
      faults.inject({ kind: 'netem', target, ...shape, ...(toward === undefined ? {} : { toward }) } as FaultSpec),
    heal: (fault) => faults.heal(fault),
    push: (client, count = 1) => push(run, admitted, state, pushed, client, count),
    expectDelivered: (messages, ...clients) => expectDelivered(run, admitted, state, messages, clients),
    expectMissing: (messages, client) => expectMissing(run, admitted, state, messages, client),
  };
}

async function push(
  run: RunRef,
  admitted: Admitted,
  state: RunState,
  pushed: Message[],
  client: string,
  count: number,
): Promise<Message[]> {
  const texts = Array.from({ length: count }, (_, n) => `${run.scenario} ${pushed.length + n + 1} ${uuid4()}`);
  const summary = `push ${count === 1 ? 'a message' : `${count} messages`} from ${client}`;

  const messages = await step('push', summary, { run, client, texts }, pushSeconds(admitted, count));

  pushed.push(...messages);
  for (const { outcome, seconds } of messages) state.note(`${client} pushed: ${outcome} after ${seconds.toFixed(1)} s`);
  const refused = messages.find(({ outcome, retriedAs }) => outcome !== 'acknowledged' && retriedAs === undefined);
  if (refused)
    throw new ClaimBroken(`a push from ${client} succeeds`, `it was ${refused.outcome}: ${refused.evidence}`);
  return messages.filter(({ outcome }) => outcome === 'acknowledged');
}

async function expectDelivered(
  run: RunRef,
  admitted: Admitted,
  state: RunState,
  messages: Message[],
  clients: string[],
): Promise<void> {
  const texts = messages.map(({ text }) => text);
  const waits = clients.map(async (client) => {
    const summary = `wait until ${client} has ${texts.length === 1 ? 'the message' : `all ${texts.length} messages`}`;
    const ask = { run, client, texts };
    const deliveries = await step(
      'awaitDelivery',
      summary,
      ask,
      admitted.deliverSeconds + admitted.commandSeconds + 60,
    );
    state.deliveries.push(...deliveries);
    const late = deliveries.filter(({ seconds }) => seconds === null);
    const slowest = Math.max(...deliveries.map(({ seconds }) => seconds ?? admitted.deliverSeconds));
    state.note(`${client} has ${texts.length - late.length} of ${texts.length} after ${slowest.toFixed(1)} s`);
    return late.length === 0
      ? []
      : [`${client} lacks ${late.length} of ${texts.length} messages, such as \`${late[0]?.text}\``];
  });

  // All of them, also when one fails: two must never ask one client at once, and the invariants are asked next.
  await Promise.allSettled(waits);
  const lacking = (await Promise.all(waits)).flat();
  if (lacking.length === 0) return;
  throw new ClaimBroken(
    `${clients.join(', ')} receive${clients.length === 1 ? 's' : ''} every message`,
    `${lacking.join('; ')} after ${admitted.deliverSeconds} s`,
  );
}

async function expectMissing(
  run: RunRef,
  admitted: Admitted,
  state: RunState,
  messages: Message[],
  client: string,
): Promise<void> {
  const texts = messages.map(({ text }) => text);

  const { present } = await step(
    'look',
    `look that ${client} has none of them`,
    { run, client, texts },
    pushSeconds(admitted, 1),
  );

  state.note(`${client} has ${present.length} of ${texts.length}`);
  if (present.length > 0) {
    throw new ClaimBroken(`${client} receives none of the messages`, `it has ${present.length} of ${texts.length}`);
  }
}
