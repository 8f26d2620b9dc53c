import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { isolate } from '../../src/contract/grudges.ts';
import { relay } from '../../src/contract/scenario.ts';
import type { Steps } from '../../src/contract/steps.ts';
import { scenario } from '../../src/workflows/scenario.ts';

/* The bundle of the environment: every workflow of 0k-chaos, and scenarios that nobody should write. */

export * from '../../src/workflows/index.ts';
export { default } from '../../src/workflows/index.ts';

const ground = { breaks: [relay(1), relay(2), 'guardian'], clients: ['q', 'guardian'] };

export const odd_bug_in_the_body = scenario('ODD-01. A bug is not a verdict.', ground, async (chaos) => {
  await chaos.kill(relay(1));
  (undefined as unknown as string).trim();
});

export const odd_faults_side_by_side = scenario('ODD-02. Faults may come at once.', ground, async (chaos) => {
  await Promise.all([chaos.kill(relay(1)), chaos.pause(relay(2)), chaos.cutOff('guardian')]);
});

export const odd_breaks_nothing = scenario(
  'ODD-03. Nothing is broken.',
  { breaks: [], clients: ['q', 'guardian'] },
  async (chaos) => {
    const messages = await chaos.push('q', 3);
    await chaos.expectDelivered(messages, 'guardian');
  },
);

export const odd_every_word = scenario('ODD-04. Every word of the harness.', ground, async (chaos) => {
  const killed = await chaos.kill(relay(1), 'SIGTERM');
  await chaos.heal(killed);
  await chaos.heal(killed);
  await chaos.stop(relay(1));
  await chaos.restart(relay(1));
  await chaos.pause(relay(2));
  await chaos.cutOff('guardian');
  await chaos.cut('guardian', ['beast']);
  await chaos.netem('guardian', { lossPercent: 20 });
  await chaos.netem('guardian', { delayMs: 50, jitterMs: 5 }, 'beast');
  await chaos.partition(isolate('guardian', [relay(1), 'guardian', 'q']));
});

export const odd_without_a_definition = scenario('ODD-05. Nothing is said.', {} as typeof ground, async () => {});

export const odd_breaks_more = scenario(
  'ODD-06. More is broken than is said.',
  { breaks: [relay(1)], clients: ['q', 'guardian'] },
  async (chaos) => {
    await chaos.kill(relay(1));
    await chaos.pause(relay(2));
  },
);

/** Nothing but a run that is held, by whoever polls `taskQueue`, as the frame asks for it. */
export async function odd_held({ taskQueue }: { taskQueue: string }): Promise<void> {
  const { workflowId, runId, workflowType: scenario } = workflowInfo();
  const timeouts = { heartbeatTimeout: '5s', startToCloseTimeout: '30d' } as const;
  const retry = { initialInterval: '200ms', maximumInterval: '2s' } as const;
  const { hold } = proxyActivities<Steps>({ taskQueue, ...timeouts, retry });
  await hold({ run: { scenario, workflowId, runId }, machines: ['guardian'], leaseSeconds: 20 });
}
