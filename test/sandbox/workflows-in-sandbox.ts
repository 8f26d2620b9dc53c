import { CancellationScope, sleep } from '@temporalio/workflow';
import { relay } from '../../src/contract/scenario.ts';
import type { Chaos, FaultHandle } from '../../src/contract/scenario.ts';
import type { Message } from '../../src/contract/run.ts';
import { scenario } from '../../src/workflows/scenario.ts';
import type { FaultName, Step } from './program.ts';

/* The bundle of the simulation: the workflows of 0k-chaos, and one whose body is a program. */

export * from '../../src/workflows/index.ts';
export { default } from '../../src/workflows/index.ts';

export const by_chance = scenario(
  'CHANCE. Whatever a body does, all is put back.',
  { breaks: [relay(1), relay(2), relay(3), 'guardian'], clients: ['q', 'guardian'] },
  async (chaos) => {
    const { program } = chaos.options as unknown as { program: string };
    await performAll({ chaos, faults: [], messages: [] }, JSON.parse(program) as Step[]);
  },
);

interface Scene {
  chaos: Chaos;
  faults: FaultHandle[];
  messages: Message[];
}

async function performAll(scene: Scene, steps: Step[]): Promise<void> {
  for (const step of steps) await perform(scene, step);
}

async function perform(scene: Scene, step: Step): Promise<unknown> {
  const { chaos, faults, messages } = scene;
  switch (step.do) {
    case 'inject':
      return faults.push(await inject(chaos, step.what));
    case 'heal': {
      const fault = faults[step.nth];
      return fault && chaos.heal(fault);
    }
    case 'push':
      return messages.push(...(await chaos.push('q')));
    case 'deliver':
      return chaos.expectDelivered(messages, 'guardian');
    case 'missing':
      return chaos.expectMissing(messages, 'guardian');
    case 'wait':
      return sleep(step.seconds * 1000);
    case 'bug':
      return (undefined as unknown as string).trim();
    case 'together':
      return Promise.all(step.branches.map((steps) => performAll(scene, steps)));
    case 'race':
      return Promise.race(step.branches.map((steps) => performAll(scene, steps)));
    case 'shrug':
      return performAll(scene, step.steps).catch(() => undefined);
    case 'forget':
      return void performAll(scene, step.steps).catch(() => undefined);
    case 'deadline':
      return CancellationScope.withTimeout(step.seconds * 1000, () => performAll(scene, step.steps));
  }
}

function inject(chaos: Chaos, what: FaultName): Promise<FaultHandle> {
  switch (what) {
    case 'kill 1':
      return chaos.kill(relay(1));
    case 'pause 2':
      return chaos.pause(relay(2));
    case 'stop 3':
      return chaos.stop(relay(3));
    case 'restart 2':
      return chaos.restart(relay(2));
    case 'cut off':
      return chaos.cutOff('guardian');
    case 'slow':
      return chaos.netem('guardian', { delayMs: 100 });
    case 'cut control':
      return chaos.cutOff('guardian', { control: 'cut' });
  }
}
