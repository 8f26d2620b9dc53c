import { relay } from '../../src/contract/scenario.ts';
import { scenario } from '../../src/workflows/scenario.ts';

/** A scenario as somebody might change it while runs are under way: it pushes before it kills. */
export const mr_01_relay_crash_failover = scenario(
  'MR-01. Changed.',
  { breaks: [relay(1)], clients: ['q', 'beast', 'guardian'] },
  async (chaos) => {
    const message = await chaos.push('q');

    await chaos.kill(relay(1));

    await chaos.expectDelivered(message, 'guardian');
  },
);
