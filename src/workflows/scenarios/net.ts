import { aRelay, messages, millis, percent } from '../../contract/options.ts';
import { relay } from '../../contract/scenario.ts';
import { scenario } from '../scenario.ts';

/* The network between the machines. */

const ALL = ['q', 'beast', 'guardian'];

export const net_01_partition_q_beast = scenario(
  'NET-01. Q, cut off from the relays, is told so in bounded time, and is served again once the cut is healed.',
  {
    breaks: ['machine beast'],
    clients: ALL,
    options: { messages: messages(1, 'how many messages Q pushes after the cut') },
  },
  async (chaos) => {
    const cut = await chaos.cut('machine beast', ['q']);
    await chaos.expectPushFails('q');

    await chaos.heal(cut);

    const pushed = await chaos.push('q', chaos.options.messages);
    await chaos.expectDelivered(pushed, 'guardian');
  },
);

export const net_02_selective_relay_partition = scenario(
  'NET-02. One relay that loses every packet costs nobody a message: the others take it.',
  {
    breaks: ['$relay'],
    clients: ALL,
    options: {
      relay: aRelay(relay(1), 'the relay that loses every packet'),
      messages: messages(1, 'how many messages Q pushes meanwhile'),
    },
  },
  async (chaos) => {
    await chaos.netem(chaos.options.relay, { lossPercent: 100 });

    const pushed = await chaos.push('q', chaos.options.messages);

    await chaos.expectDelivered(pushed, 'guardian');
  },
);

export const net_03_asymmetric_chaos = scenario(
  'NET-03. One relay is slow and one loses packets: what everybody pushes still reaches everybody.',
  {
    breaks: [relay(1), relay(2)],
    clients: ALL,
    options: {
      delayMs: millis(200, 'one-way delay of what leaves relay-1, in ms'),
      lossPercent: percent(10, 'packets that relay-2 loses on their way out, in %'),
      messages: messages(2, 'how many messages each client pushes'),
    },
  },
  async (chaos) => {
    const { delayMs, lossPercent, messages: count } = chaos.options;
    await Promise.all([chaos.netem(relay(1), { delayMs }), chaos.netem(relay(2), { lossPercent })]);

    const pushed = (await Promise.all(ALL.map((client) => chaos.push(client, count)))).flat();

    await chaos.expectDelivered(pushed, ...ALL);
  },
);
