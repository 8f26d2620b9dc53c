import type { Deps } from '../deps.ts';

/** Bytes in and out by interface. Source: proc_pid_net(5), `/proc/net/dev`; nothing where there is none (macOS). */
async function interfaceBytes(deps: Deps, machine: string): Promise<Map<string, number>> {
  const { stdout } = await deps.hosts.get(machine).exec(['cat', '/proc/net/dev']);
  const rows = stdout.split('\n').flatMap((line): [string, number][] => {
    const found = /^\s*([^:\s]+):\s*(.*)$/.exec(line);
    const counters = found?.[2]?.trim().split(/\s+/).map(Number) ?? [];
    return found?.[1] === undefined || found[1] === 'lo' ? [] : [[found[1], (counters[0] ?? 0) + (counters[8] ?? 0)]];
  });
  return new Map(rows);
}

/** What goes over the interfaces of a client's machine from now on: afterwards, the way that a pull took, in words. */
export async function watchWay(deps: Deps, client: string): Promise<() => Promise<Way>> {
  const machine = deps.fleet.clients[client]?.machine ?? '';
  const before = await interfaceBytes(deps, machine);
  return async () => {
    const by = busiest(before, await interfaceBytes(deps, machine));
    return { by, how: `there is a way round it, by ${by} of ${machine}` };
  };
}

export interface Way {
  /** The interfaces, with their bytes. */
  by: string;
  how: string;
}

/** The interfaces over which most went, most first: control is a part of it, so more than one may be named. */
function busiest(before: Map<string, number>, after: Map<string, number>): string {
  const grown = [...after].map(([name, bytes]): [string, number] => [name, bytes - (before.get(name) ?? 0)]);
  const busy = grown.filter(([, bytes]) => bytes > 0).toSorted(([, a], [, b]) => b - a);
  return busy.map(([name, bytes]) => `${name} (${bytes} bytes)`).join(', ') || 'no interface that can be seen';
}
