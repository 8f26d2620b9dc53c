import type { Deps } from '../../activities/deps.ts';
import { SEE } from '../../activities/ground/observation.ts';
import { container, health } from '../../activities/ground/relay.ts';
import { check, type Check } from './check.ts';

export async function relayChecks(deps: Deps, name: string): Promise<Check[]> {
  const checks = await Promise.all([
    check(name, SEE, () => container(deps, name)),
    check(name, SEE, () => health(deps, name)),
  ]);
  return checks.flat();
}
