import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { Steps } from '../../src/contract/steps.ts';
import { beatUntilCancelled } from './steps-on-world.ts';
import type { Call, StepName, World } from './world.ts';

export interface Scene {
  world: World;
  client: Client;
}

/** What goes otherwise in a run: at the `nth` call of one step, before or after that step has done its work. */
export interface Twist {
  step: StepName;
  nth: number;
  before?(call: Call, scene: Scene): Promise<void>;
  after?(call: Call, scene: Scene): Promise<void>;
  answer?: object;
}

/** The step answers otherwise. */
export const answers = <N extends StepName>(
  step: N,
  answer: Partial<Awaited<ReturnType<Steps[N]>>> & object,
  nth = 1,
): Twist => ({ step, nth, answer });

/** The step does its work, and before anybody hears of it the run is cancelled. */
export const cancelAfter = (step: StepName, nth = 1): Twist => ({ step, nth, after: cancel });

/** The run is cancelled while the step is at work; the step goes on as long as nobody tells it to stop. */
export const cancelDuring = (step: StepName, nth = 1, patienceMs = 10_000): Twist => ({
  step,
  nth,
  async before(call, scene) {
    await cancel(call, scene);
    await beatUntilCancelled(patienceMs);
  },
});

async function cancel({ ask, attempt }: Call, { client }: Scene): Promise<void> {
  if (attempt === 1) await client.workflow.getHandle(ask.run.workflowId).cancel();
}

/** The run is terminated: Temporal tells it nothing. */
export const terminateAfter = (step: StepName, nth = 1): Twist => ({
  step,
  nth,
  after: async ({ ask }, { client }) => void (await client.workflow.getHandle(ask.run.workflowId).terminate()),
});

/** The step begins its work only once the world is so. */
export const once = (step: StepName, isSo: (world: World) => boolean, nth = 1): Twist => ({
  step,
  nth,
  before: (_, { world }) => until(() => isSo(world), 8_000),
});

/** @throws after the deadline */
export async function until(isSo: () => boolean, patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`not so after ${patienceMs} ms: ${isSo.toString()}`);
    await pause(20);
  }
}

/** The step takes so long that another one would begin beside it, if nothing kept that back. */
export const lingers = (step: StepName, nth: number, other: StepName): Twist => ({
  step,
  nth,
  before: (_, { world }) => until(() => world.of(other).length > 0, 2_500).catch(() => undefined),
});

export const REFUSED = 'refused by the machine';

/** The step fails, for a reason that no further attempt can mend. */
export const refused = (step: StepName, nth = 1): Twist => ({
  step,
  nth,
  async before() {
    throw ApplicationFailure.nonRetryable(REFUSED, 'CommandFailed');
  },
});

/** The step fails; whether it is tried again follows from the kind of failure alone. */
export const fails = (step: StepName, type: string, nth = 1): Twist => ({
  step,
  nth,
  async before() {
    throw ApplicationFailure.create({ message: REFUSED, type });
  },
});

export const TORN = 'the connection is gone';

/** The step fails in its first attempts before it does anything. */
export const torn = (step: StepName, attempts: number, nth = 1): Twist => ({
  step,
  nth,
  async before({ attempt }) {
    if (attempt <= attempts) throw again();
  },
});

/** The step does its work, but in its first attempts nobody hears of it. */
export const unheard = (step: StepName, attempts: number, nth = 1): Twist => ({
  step,
  nth,
  async after({ attempt }) {
    if (attempt <= attempts) throw again();
  },
});

/** As a lost connection, but without the wait before the next attempt. */
export const again = (): ApplicationFailure =>
  ApplicationFailure.create({ message: TORN, type: 'HostUnreachable', nextRetryDelay: '10ms' });
