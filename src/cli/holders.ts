import type { Deps } from '../activities/deps.ts';
import { ledgerOf } from '../activities/leases.ts';
import type { Config } from '../config.ts';
import { brokenMachines, resourcesOf } from '../fleet/select.ts';

/**
 * Who would be disturbed by somebody who breaks something by hand, one line each: leases on the machines, and runs that are
 * under way, which rely on every relay. Where Temporal is down no run goes on, and the leases tell what it left.
 * `names`: leases count only where they disturb one of these.
 */
export async function holders(config: Config, deps: Deps, names?: string[]): Promise<string[]> {
  const [leases, runs] = await Promise.all([leased(deps, names), liveRuns(config)]);
  return [...leases, ...runs];
}

async function leased(deps: Deps, names: string[] | undefined): Promise<string[]> {
  const lines = await Promise.all(
    brokenMachines(deps.fleet).map(async (machine) => {
      const entries = await ledgerOf(deps, machine)
        .list()
        .catch(() => []);
      return entries.flatMap((entry) =>
        entry.state === 'leased' && disturbs(deps, entry.lease.target, names)
          ? [`${machine} carries \`${entry.lease.summary}\` of ${entry.lease.owner}`]
          : [],
      );
    }),
  );
  return lines.flat();
}

function disturbs({ fleet }: Deps, target: string, names: string[] | undefined): boolean {
  if (names === undefined) return true;
  try {
    return resourcesOf(fleet, { target }).some((resource) => names.includes(resource));
  } catch {
    // Of another fleet file: nobody knows what it means.
    return true;
  }
}

async function liveRuns(config: Config): Promise<string[]> {
  const [{ findServer }, { withTemporal }, { runningIds }] = await Promise.all([
    import('../temporal/server.ts'),
    import('./temporal.ts'),
    import('./runs.ts'),
  ]);
  const server = await findServer(config).catch(() => undefined);
  if (server === undefined) return [];
  const ids = await withTemporal(config, runningIds).catch(() => []);
  return ids.map((id) => `the run \`${id}\` is under way`);
}
