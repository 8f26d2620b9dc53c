import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { admit } from '../../src/activities/admit.ts';
import type { Steps } from '../../src/contract/steps.ts';
import type { MessageSpec } from '../../src/contract/message-spec.ts';
import type { Message } from '../../src/contract/run.ts';
import { fleet } from './fleet.ts';
import type { World } from './world.ts';

/** Beats cost the server more than all else here: a hold beats quickly only when it is about to be told to stop. */
const BEAT_MS = 100;
const CALM_BEAT_MS = 1_500;

/** The activities of one run on its simulated machines. All goes well, at once; the door alone is the real one. */
export const stepsOn = (world: World): Steps => ({
  admit: admit({ fleet, stateDir: '/nonexistent' }),
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
    return { findings: [] };
  },
  hold: () => hold(world),
  async watchGuards() {
    const context = Context.current();
    for (; world.guardBroken === undefined; await context.sleep(BEAT_MS)) context.heartbeat();
    return { reason: world.guardBroken };
  },
  async inject({ id, spec }) {
    if (world.healed.has(id)) throw ApplicationFailure.nonRetryable('healed before it was injected', 'InjectFailed');
    world.standing.set(id, spec);
    return { injectedAt: now(), bite: { bit: true, how: 'seen from outside' } };
  },
  async heal({ id }) {
    if (world.standing.delete(id)) world.healed.set(id, 'frame');
    return { healedAt: now(), healedBy: world.healed.get(id) ?? 'somebody', seconds: 0.1, after: null };
  },
  async gone() {
    return [];
  },
  async push({ client, messages }) {
    return messages.map((message) => pushed(world, client, message));
  },
  async awaitDelivery({ client, messages }) {
    return messages.map(({ id }, n) => ({ message: id, to: client, seconds: 0.2, copies: 1, cursor: n + 1 }));
  },
  async heldBy() {
    return { lacking: [], evidence: '' };
  },
  async endpoint({ relay, old }) {
    return { id: `${old === undefined ? 'old' : 'new'} id of ${relay}`, oldAnswers: false };
  },
  async reconfigure() {},
  async look() {
    return { present: [], evidence: '' };
  },
  async invariants() {
    return { canary: null, deliveries: [], broken: [], unknown: [], findings: [] };
  },
  async verify() {
    return { residue: [] };
  },
  async conclude({ result }) {
    const saysLess = world.results.some(({ verdict }) => verdict !== 'passed');
    if (result.verdict !== 'passed' || !saysLess) world.results.push(result);
    return `runs/${result.scenario}/journal.json`;
  },
});

/** Refused while nothing is there to take it: all relays down, or the sender cut off. */
function pushed(world: World, client: string, message: MessageSpec): Message {
  const standing = [...world.standing.values()];
  const down = standing.filter(({ kind }) => kind === 'container').map(({ target }) => target);
  const isCut = standing.some((spec) => spec.kind === 'partition' && spec.from !== 'all' && spec.from.includes(client));
  const refused = isCut || Object.keys(fleet.relays).every((relay) => down.includes(relay));
  const common = { ...message, from: client, mayBeStored: !refused, blobId: null, seconds: 0.1 };
  return refused
    ? { ...common, outcome: 'refused', evidence: 'Error: Failed to connect to relay' }
    : { ...common, outcome: 'acknowledged', evidence: '' };
}

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
