import type { Deps } from '../../activities/deps.ts';
import { fail, type Observation } from '../../activities/ground/observation.ts';
import { check, type Check } from './check.ts';
import { clientChecks } from './clients.ts';
import { machineChecks, reachChecks } from './machines.ts';
import { relayChecks } from './relays.ts';

/** Machines, relays and clients, all side by side, told in the order of the fleet file. */
export async function fleetChecks(deps: Deps): Promise<Check[]> {
  const { machines, relays, clients } = deps.fleet;
  const reached = new Map(Object.keys(machines).map((name) => [name, reachChecks(deps, name)]));
  /** What cannot be looked at because of its machine says so in a line, and leaves the rest to the machine's own. */
  const on = async (machine: string, name: string, look: () => Promise<Check[]>): Promise<Check[]> => {
    const checks = (await reached.get(machine)) ?? [];
    const unseen: Observation = fail(`not looked at: ${machine} was not reached`, `first mend ${machine}`);
    return checks.every(({ state }) => state !== 'fail') ? look() : check(name, '', () => Promise.resolve([unseen]));
  };
  const checks = await Promise.all([
    ...[...reached].map(([name, reach]) => machineChecks(deps, name, reach)),
    ...Object.entries(relays).map(([name, { machine }]) => on(machine, name, () => relayChecks(deps, name))),
    ...Object.entries(clients).map(([name, { machine }]) => on(machine, name, () => clientChecks(deps, name))),
  ]);
  return checks.flat();
}
