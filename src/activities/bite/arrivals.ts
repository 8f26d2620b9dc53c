import type { FaultSpec } from '../../contract/fault-spec.ts';
import { resolveTarget } from '../../fleet/select.ts';
import type { Deps } from '../deps.ts';
import type { Numbers } from './index.ts';
import { otherSide } from './pulls.ts';

/** One way between two machines, both reached by SSH. */
interface Pair {
  /** `guardian → beast`. */
  name: string;
  from: string;
  to: string;
  /** By this fault; the other way is watched as well. */
  dropped: boolean;
}

const COUNT = 4;

/** Every way between the target and those it is cut from, where both are machines on which packets can be counted. */
export function pairsOf(
  { fleet }: Deps,
  { target, from, direction, ports }: FaultSpec & { kind: 'partition' },
): Pair[] {
  const one = resolveTarget(fleet, target);
  const isCounted = (machine: string) =>
    fleet.machines[machine]?.ssh !== undefined && fleet.machines[machine].addresses.length > 0;
  if (one.kind !== 'machine' || ports !== undefined || !isCounted(one.machine)) return [];
  const names = from === 'all' ? Object.keys(fleet.machines) : from;
  const machines = new Set(
    names.map((name) => otherSide(fleet, name)).flatMap((other) => (other.kind === 'machine' ? [other.machine] : [])),
  );
  return [...machines].flatMap((other): Pair[] => {
    if (other === one.machine || !isCounted(other)) return [];
    const way = (a: string, b: string, dropped: boolean): Pair => ({ name: `${a} → ${b}`, from: a, to: b, dropped });
    return [way(one.machine, other, direction !== 'in'), way(other, one.machine, direction !== 'out')];
  });
}

/** Whether pings arrive, by the receiver's own count of echo requests. Source: RFC 2011, `InEchos` in /proc/net/snmp. */
export async function arrivals(deps: Deps, pairs: Pair[]): Promise<Numbers> {
  const receivers = [...new Set(pairs.map(({ to }) => to))];
  // One sender after the other for each receiver: its count does not tell them apart.
  const seen = await Promise.all(
    receivers.map(async (receiver) => {
      const ways: [string, boolean][] = [];
      for (const pair of pairs.filter(({ to }) => to === receiver)) ways.push([pair.name, await arrives(deps, pair)]);
      return ways;
    }),
  );
  return Object.fromEntries(seen.flat());
}

async function arrives(deps: Deps, { from, to }: Pair): Promise<boolean> {
  const before = await echoesAt(deps, to);
  const address = deps.fleet.machines[to]?.addresses[0] ?? '';
  await deps.hosts.get(from).exec(['ping', '-n', '-q', '-c', `${COUNT}`, '-i', '0.2', '-W', '1', address]);
  return (await echoesAt(deps, to)) - before >= COUNT / 2;
}

async function echoesAt(deps: Deps, machine: string): Promise<number> {
  const { stdout } = await deps.hosts.get(machine).exec(['cat', '/proc/net/snmp']);
  const [names = [], values = []] = stdout
    .split('\n')
    .flatMap((line) => (line.startsWith('Icmp: ') ? [line.split(' ')] : []));
  return Number(values[names.indexOf('InEchos')] ?? 0);
}
