import type { Deps } from '../../activities/deps.ts';
import type { Check } from './check.ts';
import { clientChecks } from './clients.ts';
import { machineChecks } from './machines.ts';
import { relayChecks } from './relays.ts';

/** Machines, relays and clients, all side by side, told in the order of the fleet file. */
export async function groundChecks(deps: Deps): Promise<Check[]> {
  const { machines, relays, clients } = deps.fleet;
  const checks = await Promise.all([
    ...Object.keys(machines).map((name) => machineChecks(deps, name)),
    ...Object.keys(relays).map((name) => relayChecks(deps, name)),
    ...Object.keys(clients).map((name) => clientChecks(deps, name)),
  ]);
  return checks.flat();
}
