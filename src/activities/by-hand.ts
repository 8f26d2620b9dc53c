import { randomBytes } from 'node:crypto';
import type { FaultSpec } from '../contract/fault-spec.ts';
import type { Bite, RunRef } from '../contract/run.ts';
import { BY_HAND, ownerOf } from '../contract/run.ts';
import { gaugeFor } from './bite/index.ts';
import { refuseWhenBraked } from './brake.ts';
import type { Deps } from './deps.ts';
import { refuseByGuards } from './door.ts';
import { failure } from './failures.ts';
import { observeGuard } from './guard-look.ts';
import { injectNow } from './inject.ts';
import { initDevice, pairDevice, useRelays } from './join.ts';
import { relayNow } from './relays.ts';
import { resolveFault } from './resolve.ts';
import { passphraseOf } from './passphrase.ts';
import { SyncClient } from './sync-client.ts';

/** A fault that a person breaks, under a lease that nobody renews. */
export interface ByHand {
  id: string;
  machine: string;
  injectedAt: string;
  bite: Bite;
}

/** The owner of one such fault. It is no run: sweeps leave it alone until its time is over, and a run that finds it does not begin. */
export const handRun = (): RunRef => {
  const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return { scenario: BY_HAND, workflowId: BY_HAND, runId: `${stamp}-${randomBytes(2).toString('hex')}` };
};

export const handId = (run: RunRef): string => `${ownerOf(run)}/1`;

/** Looks, measures, arms, breaks, measures again. Nothing is touched for a fault that is not possible. @throws BadInput, … */
export async function injectByHand(deps: Deps, run: RunRef, spec: FaultSpec, leaseSeconds: number): Promise<ByHand> {
  refuseWhenBraked(deps);
  refuseByGuards(deps.fleet, [spec.target], leaseSeconds);
  await refuseWhenUnwell(deps);
  const id = handId(run);
  const { machine } = await resolveFault(deps, id, spec);
  const { client } = gaugeFor(deps, run, spec);
  const puller = client === undefined ? undefined : new SyncClient(deps, run, client);
  try {
    if (puller) await joinAlone(deps, run, puller);
    const { injectedAt, bite } = await injectNow(deps, { run, id, spec, leaseSeconds });
    return { id, machine, injectedAt, bite };
  } finally {
    await puller?.remove().catch(() => undefined);
  }
}

/** Nobody watches the guards of the fleet afterwards: so they must be well before. @throws GroundFailed */
async function refuseWhenUnwell(deps: Deps): Promise<void> {
  const found = await Promise.all((deps.fleet.guards?.abortWhen ?? []).map((watch) => observeGuard(deps, watch)));
  const wrong = found.filter(({ state }) => state === 'fail').map(({ what, fix }) => `${what}; ${fix}`);
  if (wrong.length > 0) throw failure('GroundFailed', wrong.join('\n'));
}

/** A group of its own, for the pulls by which the effect is measured. */
async function joinAlone(deps: Deps, run: RunRef, client: SyncClient): Promise<void> {
  const relays = await Promise.all(Object.keys(deps.fleet.relays).map((name) => relayNow(deps, name)));
  const ids = relays.map(({ endpointId }) => endpointId);
  await initDevice(client);
  const group = await pairDevice(client, ids[0] ?? '', passphraseOf(deps, run));
  await useRelays(client, group, ids);
}
