import { messages } from '../../contract/options.ts';
import { relay } from '../../contract/scenario.ts';
import { scenario } from '../scenario.ts';

/* Convergence. */

export const conv_01_convergence_after_multi_failure = scenario(
  'CONV-01. After a relay crash and a cut-off Guardian everybody converges, and no relay log holds plaintext.',
  {
    breaks: [relay(1), 'guardian'],
    clients: ['q', 'beast', 'guardian'],
    options: { messages: messages(5, 'how many messages Q pushes while both faults stand') },
  },
  async (chaos) => {
    const crash = await chaos.kill(relay(1));
    const cut = await chaos.cutOff('guardian');

    const pushed = await chaos.push('q', chaos.options.messages);
    await chaos.heal(crash);
    await chaos.heal(cut);

    await chaos.expectDelivered(pushed, 'q', 'beast', 'guardian');
  },
);
