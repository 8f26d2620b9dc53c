import { relay } from '../../contract/scenario.ts';
import { scenario } from '../scenario.ts';

/* Multi-relay failover. */

export const mr_01_relay_crash_failover = scenario(
  'MR-01. A killed relay costs nobody a message: clients fail over while it is down.',
  { breaks: [relay(1)], clients: ['q', 'beast', 'guardian'] },
  async (chaos) => {
    await chaos.kill(relay(1));

    const message = await chaos.push('q');

    await chaos.expectDelivered(message, 'guardian');
  },
);
