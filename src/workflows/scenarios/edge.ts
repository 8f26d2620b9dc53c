import { scenario } from '../scenario.ts';

/* The edge device. */

export const edge_01_guardian_high_latency = scenario(
  'EDGE-01. A slow link delays Guardian but loses nothing: what Q pushes arrives.',
  {
    breaks: ['guardian'],
    clients: ['q', 'beast', 'guardian'],
    options: {
      delayMs: {
        type: 'number',
        default: 500,
        min: 1,
        max: 10_000,
        what: 'one-way delay of what leaves Guardian, in ms',
      },
      jitterMs: {
        type: 'number',
        default: 100,
        min: 0,
        max: 5_000,
        what: 'how far the delay varies either way, in ms',
      },
    },
  },
  async (chaos) => {
    const { delayMs, jitterMs } = chaos.options;
    await chaos.netem('guardian', { delayMs, jitterMs }, 'beast');

    const message = await chaos.push('q');

    await chaos.expectDelivered(message, 'guardian');
  },
);

export const edge_03_guardian_partition_recovery = scenario(
  'EDGE-03. Guardian, cut off, receives nothing, and everything once it is back.',
  {
    breaks: ['guardian'],
    clients: ['q', 'beast', 'guardian'],
    options: {
      messages: {
        type: 'number',
        default: 10,
        min: 1,
        max: 1000,
        what: 'how many messages Q pushes while Guardian is cut off',
      },
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

    const messages = await chaos.push('q', chaos.options.messages);
    await chaos.expectMissing(messages, 'guardian');
    await chaos.heal(cut);

    await chaos.expectDelivered(messages, 'guardian');
  },
);
