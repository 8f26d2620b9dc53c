import { aClient, messages } from '../../contract/options.ts';
import { scenario } from '../scenario.ts';

/* Cross-machine sync: nothing is broken. */

const ALL = ['q', 'beast', 'guardian'];

export const cm_01_q_push_guardian_pull = scenario(
  'CM-01. What Q pushes Guardian receives: all of it, in order, once.',
  {
    breaks: [],
    clients: ['$from', '$to', ...ALL],
    payload: 'large',
    options: {
      from: aClient('q', 'who pushes'),
      to: aClient('guardian', 'who receives'),
      messages: messages(10, 'how many messages are pushed'),
    },
  },
  async (chaos) => {
    const { from, to, messages: count } = chaos.options;
    const pushed = await chaos.push(from, count);

    await chaos.expectDelivered(pushed, to);
    await chaos.expectInOrder(pushed, to);
    await chaos.expectOnce(pushed, to);
  },
);

export const cm_02_bidirectional_sync = scenario(
  'CM-02. Q and Guardian push at the same time, and each sees what both pushed.',
  {
    breaks: [],
    clients: ALL,
    options: { messages: messages(5, 'how many messages each of them pushes') },
  },
  async (chaos) => {
    const { messages: count } = chaos.options;
    const pushed = (await Promise.all([chaos.push('q', count), chaos.push('guardian', count)])).flat();

    await chaos.expectDelivered(pushed, 'q', 'guardian');
  },
);

export const cm_03_three_way_sync = scenario(
  'CM-03. Q, Beast and Guardian push at the same time, and all three see everything.',
  {
    breaks: [],
    clients: ALL,
    options: { messages: messages(3, 'how many messages each of them pushes') },
  },
  async (chaos) => {
    const pushed = (await Promise.all(ALL.map((client) => chaos.push(client, chaos.options.messages)))).flat();

    await chaos.expectDelivered(pushed, ...ALL);
  },
);

export const cm_04_concurrent_push_pull = scenario(
  'CM-04. Quick pushes from Q while Guardian keeps pulling: nothing is lost, nothing comes twice.',
  {
    breaks: [],
    clients: ALL,
    options: { messages: messages(20, 'how many messages Q pushes') },
  },
  async (chaos) => {
    const pushed = await chaos.push('q', chaos.options.messages, { whilePulling: 'guardian' });

    await chaos.expectDelivered(pushed, 'guardian');
    await chaos.expectOnce(pushed, 'guardian');
  },
);
