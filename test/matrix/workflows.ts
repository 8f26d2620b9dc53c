import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import type { Chaos, FaultHandle, OptionSpecs } from '../../src/contract/scenario.ts';
import { scenario } from '../../src/workflows/scenario.ts';
import { FAULT_NAMES } from './axes.ts';
import type { FaultName } from './axes.ts';
import { GO_ON } from './names.ts';

/* The workflow bundle of the matrix: the real frame around a body that breaks one thing and waits. */

export { fleetLock } from '../../src/workflows/fleet-lock.ts';
export { sweep } from '../../src/workflows/sweep.ts';

type Inject = (chaos: Chaos<OptionSpecs>) => Promise<FaultHandle>;

const DELAY = { delayMs: 150 };

const INJECT: Record<FaultName, Inject> = {
  'container kill': (chaos) => chaos.kill('relay-1'),
  'container stop': (chaos) => chaos.stop('relay-1'),
  'container pause': (chaos) => chaos.pause('relay-1'),
  'container restart': (chaos) => chaos.restart('relay-1'),
  'partition both ways': (chaos) => chaos.cutOff('guardian'),
  'partition one way': (chaos) => chaos.cut('guardian', ['beast'], { direction: 'in' }),
  'partition of a container': (chaos) => chaos.cutOff('relay-1'),
  'partition with control': (chaos) => chaos.cutOff('guardian', { control: 'cut' }),
  'netem on a machine': (chaos) => chaos.netem('guardian', DELAY),
  'netem on a peer': (chaos) => chaos.netem('guardian', DELAY, 'beast'),
  'netem in a container': (chaos) => chaos.netem('relay-1', DELAY),
  'netem ingress': (chaos) => chaos.netem('guardian', DELAY, { toward: 'beast', direction: 'in' }),
};

const options: OptionSpecs = {
  fault: { type: 'choice', default: 'container kill', choices: FAULT_NAMES, what: 'what is broken' },
  target: { type: 'choice', default: 'relay-1', choices: ['relay-1', 'guardian'], what: 'its target' },
};

const CLAIM = 'MATRIX. One fault stands until its run is told to go on.';

async function body(chaos: Chaos<OptionSpecs>): Promise<void> {
  let told = false;
  setHandler(defineSignal(GO_ON), () => void (told = true));
  const fault = await INJECT[chaos.options['fault'] as FaultName](chaos);
  await condition(() => told);
  await chaos.heal(fault);
}

export const cell = scenario(CLAIM, { breaks: ['$target'], clients: [], options }, body);

/** For faults whose effect a real pull shows. */
export const cell_with_client = scenario(CLAIM, { breaks: ['$target'], clients: ['guardian'], options }, body);
