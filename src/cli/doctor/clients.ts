import type { Deps } from '../../activities/deps.ts';
import { dataFolder, program } from '../../activities/ground/client.ts';
import { SEE } from '../../activities/ground/observation.ts';
import { check, type Check } from './check.ts';

export const clientChecks = (deps: Deps, name: string): Promise<Check[]> =>
  check(name, SEE, async () => {
    const found = await program(deps, name);
    return found.some(({ state }) => state === 'fail') ? found : [...found, ...(await dataFolder(deps, name))];
  });
