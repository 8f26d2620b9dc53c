import { aRelay, anInterface, kbit, messages, millis } from '../../contract/options.ts';
import { relay } from '../../contract/scenario.ts';
import { scenario } from '../scenario.ts';

/* The edge device. */

const ALL = ['q', 'beast', 'guardian'];

const BY = anInterface(
  'the interface of Guardian that is slow, all of it; default: the one to Beast, and only what goes there',
);

export const edge_01_guardian_high_latency = scenario(
  'EDGE-01. A slow link delays Guardian but loses nothing: what Q pushes arrives.',
  {
    breaks: ['guardian'],
    clients: ALL,
    options: {
      delayMs: { ...millis(500, 'one-way delay of what leaves Guardian, in ms'), min: 1 },
      jitterMs: millis(100, 'how far the delay varies either way, in ms'),
      messages: messages(1, 'how many messages Q pushes'),
      interface: BY,
    },
  },
  async (chaos) => {
    const { delayMs, jitterMs, messages: count, interface: by } = chaos.options;
    await chaos.netem('guardian', { delayMs, jitterMs }, by ? { interface: by } : 'beast');

    const pushed = await chaos.push('q', count);

    await chaos.expectDelivered(pushed, 'guardian');
  },
);

export const edge_02_guardian_bandwidth_limit = scenario(
  'EDGE-02. A narrow link slows Guardian down but loses nothing: small messages arrive.',
  {
    breaks: ['guardian'],
    clients: ALL,
    options: {
      rateKbit: kbit(128, 'bandwidth of what leaves Guardian, in kbit/s'),
      messages: messages(3, 'how many small messages Q pushes'),
      interface: BY,
    },
  },
  async (chaos) => {
    const { rateKbit, messages: count, interface: by } = chaos.options;
    await chaos.netem('guardian', { rateKbit }, by ? { interface: by } : 'beast');

    const pushed = await chaos.push('q', count);

    await chaos.expectDelivered(pushed, 'guardian');
  },
);

export const edge_03_guardian_partition_recovery = scenario(
  'EDGE-03. Guardian, cut off, receives nothing, and everything once it is back.',
  {
    breaks: ['guardian'],
    clients: ALL,
    options: {
      messages: messages(10, 'how many messages Q pushes while Guardian is cut off'),
      cut: {
        type: 'choice',
        default: 'off',
        choices: ['off', 'pair'],
        what: '`off`: from everything but control; `pair`: from Beast only, as the guide does (0k-sync may go round it)',
      },
    },
  },
  async (chaos) => {
    const fault = chaos.options.cut === 'pair' ? chaos.cut('guardian', ['beast']) : chaos.cutOff('guardian');
    const cut = await fault;

    const pushed = await chaos.push('q', chaos.options.messages);
    await chaos.expectMissing(pushed, 'guardian');
    await chaos.heal(cut);

    await chaos.expectDelivered(pushed, 'guardian');
  },
);

export const edge_04_guardian_slow_relay_fast_client = scenario(
  'EDGE-04. A slow relay holds nobody back for ever: Guardian and Q push, and each sees what the other pushed.',
  {
    breaks: ['$relay'],
    clients: ALL,
    options: {
      relay: aRelay(relay(1), 'the relay that is slow'),
      delayMs: { ...millis(200, 'one-way delay of what leaves the relay, in ms'), min: 1 },
      messages: messages(1, 'how many messages each of them pushes'),
    },
  },
  async (chaos) => {
    const { relay: slow, delayMs, messages: count } = chaos.options;
    await chaos.netem(slow, { delayMs });

    const [fromGuardian, fromQ] = await Promise.all([chaos.push('guardian', count), chaos.push('q', count)]);

    await Promise.all([chaos.expectDelivered(fromGuardian, 'q'), chaos.expectDelivered(fromQ, 'guardian')]);
  },
);
