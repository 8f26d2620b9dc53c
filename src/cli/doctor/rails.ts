import { brakeHere } from '../../activities/ground/braked.ts';
import { SEE, type Observation } from '../../activities/ground/observation.ts';
import { guards } from '../../activities/ground/guards.ts';
import type { Deps } from '../../activities/deps.ts';
import { check, type Check } from './check.ts';

/** What may be broken at all; `more`: what a plan has against the guards. */
export async function railChecks(deps: Deps, more: Observation[] = []): Promise<Check[]> {
  const checks = await Promise.all([
    check('brake', SEE, async () => [brakeHere(deps)]),
    check('guards', SEE, async () => [...(await guards(deps)), ...more]),
  ]);
  return checks.flat();
}
