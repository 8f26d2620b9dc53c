import { setTimeout as pause } from 'node:timers/promises';
import { CancelledFailure, Context } from '@temporalio/activity';
import { ownerOf } from '../contract/run.ts';
import type { Steps } from '../contract/steps.ts';
import { stopwatch } from './clock.ts';
import { ledgerOf } from './leases.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { shutOut } from './fences.ts';
import { lifeOf, type Life } from './owners.ts';
import { healOwner } from './sweep.ts';

const BEAT_MS = 500;
const ASK_AGAIN_MS = 1_000;

/**
 * Renews the leases of a run until it is cancelled. When the server says that the run is gone (terminated, timed out, reset),
 * it heals. After an outage the server may say so of a run that lives: then the next attempt goes on.
 */
export const hold = (deps: Deps): Steps['hold'] =>
  async function hold({ run, machines, leaseSeconds }) {
    const context = Context.current();
    const { workflowId = '', runId = '' } = context.info.workflowExecution ?? {};
    const owner = `${workflowId}/${runId}`;
    const beat = setInterval(() => context.heartbeat(), BEAT_MS);
    const over = new AbortController();
    context.heartbeat();
    try {
      // A run that was reset holds on with the words that it was given before, and what it broke then is not its own any more.
      if (owner !== ownerOf(run)) void putBack(deps, ownerOf(run), leaseSeconds).catch(() => undefined);
      const pulse = new Pulse(leaseSeconds);
      for (const machine of machines) void keepRenewed(deps, machine, owner, pulse, over.signal);
      await untilDead(deps, owner, pulse, Math.min((leaseSeconds * 1000) / 4, 15_000));
    } finally {
      clearInterval(beat);
      over.abort();
    }
    const clock = stopwatch();
    await putBack(deps, owner, leaseSeconds);
    deps.measures?.healed('hold', clock());
  };

const STUCK_ATTEMPTS = 3;

/**
 * Whether a run gets on. One whose workflow tasks fail again and again, as after an upgrade that it cannot be replayed by, lives on the server
 * and heals nothing: so for a lease long, its leases are left to run out.
 */
class Pulse {
  readonly leaseSeconds: number;
  #stuckSince: number | undefined;

  constructor(leaseSeconds: number) {
    this.leaseSeconds = leaseSeconds;
  }

  look({ attempts }: Life): void {
    this.#stuckSince = attempts < STUCK_ATTEMPTS ? undefined : (this.#stuckSince ?? performance.now());
  }

  get isStuck(): boolean {
    return this.#stuckSince !== undefined && performance.now() - this.#stuckSince > this.leaseSeconds * 1000;
  }
}

/** Each machine for itself: one that hangs keeps no other one's leases from being renewed. */
async function keepRenewed(
  deps: Deps,
  machine: string,
  owner: string,
  pulse: Pulse,
  signal: AbortSignal,
): Promise<void> {
  const { log } = Context.current();
  const { leaseSeconds } = pulse;
  while (!signal.aborted) {
    try {
      if (pulse.isStuck) throw new Error('its run does not get on: no worker can do its workflow task');
      await ledgerOf(deps, machine).renew(owner, leaseSeconds);
    } catch (error) {
      // One that cannot be reached now, or is in the fleet no more, is tried again; its lease is what heals it if that lasts.
      log.warn(`leases on ${machine} not renewed: ${(error as Error).message}`, { owner });
    }
    await pause((leaseSeconds * 1000) / 4, undefined, { signal }).catch(() => undefined);
  }
}

/** Returns once the server says that the run is gone. @throws when this attempt is to end and the run is not known to be gone */
async function untilDead(deps: Deps, owner: string, pulse: Pulse, lookMs: number): Promise<void> {
  const context = Context.current();
  for (;;) {
    await pause(lookMs, undefined, { signal: context.cancellationSignal }).catch(() => undefined);
    const { cancelRequested, workerShutdown } = context.cancellationDetails ?? {};
    if (workerShutdown) throw failure('CommandFailed', 'this worker is shutting down; another one holds on');
    if (cancelRequested) throw new CancelledFailure('the run needs no hold any more');
    const life = await lifeOf(deps.temporal, owner).catch(() => undefined);
    if (life !== undefined && life.state !== 'alive') return;
    // A server that cannot be asked says nothing of the run: the leases are renewed until it can.
    if (life === undefined) {
      await pause(ASK_AGAIN_MS);
      continue;
    }
    pulse.look(life);
    if (context.cancellationSignal.aborted) throw failure('CommandFailed', 'the run lives; another attempt holds on');
  }
}

/** At once; and again what came before its machine was told that nothing of this run comes any more. @throws HealFailed */
async function putBack(deps: Deps, owner: string, leaseSeconds: number): Promise<void> {
  const deadline = Date.now() + leaseSeconds * 1000;
  await Promise.all([shutOut(deps, owner).catch(() => undefined), untilHealed(deps, owner, deadline)]);
  await untilHealed(deps, owner, deadline);
}

/** Nobody else comes soon: tries again for as long as the leases would last. */
async function untilHealed(deps: Deps, owner: string, deadline: number): Promise<void> {
  for (;;) {
    try {
      return void (await healOwner(deps, owner, 'hold'));
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(ASK_AGAIN_MS);
    }
  }
}
