import { Context } from '@temporalio/activity';
import { ownerOf } from '../contract/run.ts';
import type { Steps } from '../contract/steps.ts';
import { ledgerOf } from './leases.ts';
import type { Deps } from './deps.ts';
import { shutOut } from './fences.ts';
import { isAlive } from './owners.ts';
import { healOwner } from './sweep.ts';

const BEAT_MS = 500;

/**
 * Renews the leases of a run until it is cancelled. When the server says that the run is gone (terminated, timed out, reset),
 * it heals. After an outage the server may say so of a run that lives: then the next attempt goes on.
 */
export const hold = (deps: Deps): Steps['hold'] =>
  async function hold({ run, machines, leaseSeconds }) {
    const context = Context.current();
    const owner = ownerOf(run);
    const beat = setInterval(() => context.heartbeat(), BEAT_MS);
    context.heartbeat();
    try {
      for (;;) {
        await Promise.all(machines.map((machine) => renew(deps, machine, owner, leaseSeconds)));
        await Promise.race([context.sleep((leaseSeconds * 1000) / 4), context.cancelled]);
        if (await isKnownDead(deps, owner)) break;
      }
    } catch (error) {
      if (context.cancellationDetails?.workerShutdown || !(await isKnownDead(deps, owner))) throw error;
    } finally {
      clearInterval(beat);
    }
    // At once; and again what came before its machine was told that nothing of this run comes any more.
    await Promise.all([shutOut(deps, owner).catch(() => undefined), healOwner(deps, owner, 'hold')]);
    await healOwner(deps, owner, 'hold');
  };

/** A machine that cannot be reached now is tried again at the next renewal; its lease is what heals it if that lasts. */
async function renew(deps: Deps, machine: string, owner: string, leaseSeconds: number): Promise<void> {
  try {
    await ledgerOf(deps, machine).renew(owner, leaseSeconds);
  } catch (error) {
    Context.current().log.warn(`leases on ${machine} not renewed: ${(error as Error).message}`, { owner });
  }
}

/** False also when the server cannot be asked: the leases then run on, and heal by themselves when nobody comes back. */
async function isKnownDead(deps: Deps, owner: string): Promise<boolean> {
  try {
    return !(await isAlive(deps.temporal, owner));
  } catch {
    return false;
  }
}
