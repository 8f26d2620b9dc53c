import type { Deps } from '../activities/deps.ts';
import type { Config } from '../config.ts';

/** What the looks act through, with no Temporal: it may be down, and is not needed. Closed when `act` has ended. */
export async function withDeps<T>({ fleet, stateDir }: Config, act: (deps: Deps) => Promise<T>): Promise<T> {
  const { createHosts } = await import('../hosts/hosts.ts');
  const hosts = createHosts({ machines: fleet.machines, stateDir });
  try {
    return await act({ fleet, hosts, stateDir } as Omit<Deps, 'temporal'> as Deps);
  } finally {
    await hosts.close();
  }
}
