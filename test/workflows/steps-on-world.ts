import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { admit } from '../../src/activities/admit.ts';
import type { Deps } from '../../src/activities/deps.ts';
import type { Steps } from '../../src/contract/steps.ts';
import { fleet } from './fleet.ts';
import type { World } from './world.ts';

/** Beats cost the server more than all else here: a hold beats quickly only when it is about to be told to stop. */
const BEAT_MS = 100;
const CALM_BEAT_MS = 1_500;

/** The activities of one run on its simulated machines. All goes well, at once; the door alone is the real one. */
export const stepsOn = (world: World): Steps => ({
  admit: admit({ fleet } as Deps),
  async lock() {
    world.isLocked = true;
    return { token: 1 };
  },
  async unlock() {
    world.isLocked = false;
  },
  async prepare() {
    return { checks: [{ what: 'beast: Linux', seconds: 0.1 }], swept: [] };
  },
  async arrange() {
    world.isArranged = true;
  },
  hold: () => hold(world),
  async inject({ id, spec }) {
    if (world.healed.has(id)) throw ApplicationFailure.nonRetryable('healed before it was injected', 'InjectFailed');
    world.standing.set(id, spec);
    return { injectedAt: now(), bite: { bit: true, how: 'seen from outside' } };
  },
  async heal({ id }) {
    if (world.standing.delete(id)) world.healed.set(id, 'frame');
    return { healedAt: now(), healedBy: world.healed.get(id) ?? 'somebody', seconds: 0.1, after: null };
  },
  async push({ client, texts }) {
    return texts.map((text) => ({ text, from: client, outcome: 'acknowledged', evidence: '', seconds: 0.1 }));
  },
  async awaitDelivery({ client, texts }) {
    return texts.map((text) => ({ text, to: client, seconds: 0.2, copies: 1 }));
  },
  async look() {
    return { present: [], evidence: '' };
  },
  async invariants() {
    return { deliveries: [], broken: [], unknown: [], findings: [] };
  },
  async verify() {
    return { residue: [] };
  },
  async conclude({ result }) {
    world.results.push(result);
    return `runs/${result.scenario}/journal.json`;
  },
});

/** Until cancelled; a run that is gone is healed. */
async function hold(world: World): Promise<void> {
  const context = Context.current();
  try {
    await Promise.race([context.cancelled, beatUntil(() => world.of('verify').length > 0, CALM_BEAT_MS)]);
    await beatUntilCancelled();
  } catch (error) {
    if (context.cancellationDetails?.notFound) healAll(world);
    throw error;
  }
}

function healAll(world: World): void {
  for (const id of world.standing.keys()) world.healed.set(id, 'hold');
  world.standing.clear();
}

/** Heartbeats bring the word that an activity is to stop. @throws CancelledFailure */
export async function beatUntilCancelled(patienceMs = 60_000): Promise<void> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), BEAT_MS);
  context.heartbeat();
  try {
    await Promise.race([context.cancelled, context.sleep(patienceMs)]);
  } finally {
    clearInterval(beat);
  }
}

async function beatUntil(isSo: () => boolean, everyMs: number): Promise<void> {
  for (let next = 0; !isSo(); await Context.current().sleep(20)) {
    if (Date.now() < next) continue;
    Context.current().heartbeat();
    next = Date.now() + everyMs;
  }
}

const now = (): string => new Date().toISOString();
