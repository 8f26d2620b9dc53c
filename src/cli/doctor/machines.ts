import { brokenMachines } from '../../fleet/select.ts';
import type { Deps } from '../../activities/deps.ts';
import { SEE } from '../../activities/ground/observation.ts';
import { clock, DOCKER_FIX, engine, reach, ROOT_FIX, tools } from '../../activities/ground/machine.ts';
import { check, type Check } from './check.ts';

export const reachChecks = (deps: Deps, name: string): Promise<Check[]> => check(name, SEE, () => reach(deps, name));

export async function machineChecks(deps: Deps, name: string, reaching: Promise<Check[]>): Promise<Check[]> {
  const reached = await reaching;
  if (reached.some(({ state }) => state === 'fail') || !brokenMachines(deps.fleet).includes(name)) return reached;
  // Alone: beside the others the round trip would be too long to compare clocks by.
  const compared = await check(name, SEE, () => clock(deps, name));
  const docker = deps.fleet.machines[name]?.docker !== undefined;
  const more = await Promise.all([
    check(name, ROOT_FIX, () => tools(deps, name)),
    docker ? check(name, DOCKER_FIX, () => engine(deps, name)) : [],
  ]);
  return [...reached, ...compared, ...more.flat()];
}
