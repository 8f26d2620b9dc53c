import { aClient, aRelay, messages } from '../../contract/options.ts';
import { relay } from '../../contract/scenario.ts';
import { scenario } from '../scenario.ts';

/* Multi-relay failover. */

const ALL = ['q', 'beast', 'guardian'];

export const mr_01_relay_crash_failover = scenario(
  'MR-01. A killed relay costs nobody a message: clients fail over while it is down.',
  {
    breaks: ['$relay'],
    clients: ['$from', '$to', ...ALL],
    options: {
      relay: aRelay(relay(1), 'the relay that is killed'),
      from: aClient('q', 'who pushes'),
      to: aClient('guardian', 'who receives it while the relay is down'),
      messages: messages(1, 'how many messages are pushed while the relay is down'),
    },
  },
  async (chaos) => {
    const { relay: victim, from, to, messages: count } = chaos.options;
    await chaos.kill(victim);

    const pushed = await chaos.push(from, count);

    await chaos.expectDelivered(pushed, to);
  },
);

export const mr_02_fan_out_all_relays = scenario(
  'MR-02. What is pushed to one relay is at all three: each of them, asked alone, has it, and everybody receives it.',
  {
    breaks: [],
    clients: ['$from', ...ALL],
    payload: 'full',
    options: {
      from: aClient('q', 'who pushes'),
      messages: messages(5, 'how many messages are pushed'),
    },
  },
  async (chaos) => {
    const pushed = await chaos.push(chaos.options.from, chaos.options.messages);

    await chaos.expectHeldBy(pushed, relay(1), relay(2), relay(3));
    await chaos.expectDelivered(pushed, 'beast', 'guardian');
  },
);

export const mr_03_relay_restart_new_endpoint = scenario(
  'MR-03. A restarted relay has a new endpoint id and kept its blobs: clients use the others until they are told of it.',
  {
    breaks: ['$relay'],
    clients: ALL,
    options: {
      relay: aRelay(relay(1), 'the relay that is restarted'),
      messages: messages(2, 'how many messages are pushed before and after the restart'),
    },
  },
  async (chaos) => {
    const { relay: restarted, messages: count } = chaos.options;
    const kept = await chaos.push('q', count);
    const old = await chaos.endpointOf(restarted);

    await chaos.restart(restarted);

    await chaos.expectNewEndpoint(restarted, old);
    const meanwhile = await chaos.push('q', count);
    await chaos.expectDelivered(meanwhile, 'guardian');
    await chaos.reconfigure();
    const after = await chaos.push('q', count);
    await chaos.expectHeldBy([...kept, ...after], restarted);
  },
);

export const mr_04_all_relays_down = scenario(
  'MR-04. With every relay down a push says so in bounded time; with one of them back, push and pull work again.',
  {
    breaks: [relay(1), relay(2), relay(3)],
    clients: ALL,
    options: { messages: messages(1, 'how many messages are pushed once a relay is back') },
  },
  async (chaos) => {
    await chaos.kill(relay(1));
    const second = await chaos.kill(relay(2));
    await chaos.kill(relay(3));
    await chaos.expectPushFails('q');

    await chaos.heal(second);
    await chaos.reconfigure();

    const pushed = await chaos.push('q', chaos.options.messages);
    await chaos.expectDelivered(pushed, 'guardian');
  },
);
