import type { FaultSpec } from '../../contract/fault-spec.ts';
import { resolveTarget } from '../../fleet/select.ts';
import type { Deps } from '../deps.ts';
import { failure } from '../failures.ts';
import { containerOf } from '../relays.ts';
import type { Gauge, Numbers } from './index.ts';
import { judgePing, parsePing, pingWords } from './ping.ts';
import type { PingStats } from './ping.ts';

type Spec = FaultSpec & { kind: 'netem' };

/** Pings through the disturbed path: from the machine to its peer, or from a container's machine into the container. */
export function measureNetem(deps: Deps, spec: Spec): Gauge {
  const ping = async (): Promise<PingStats> => {
    const { machine, address } = await pathOf(deps, spec);
    const host = deps.hosts.get(machine);
    const words = [...(await host.asRoot()), ...pingWords(spec, address)];
    const { stdout, stderr } = await host.exec(words, { timeoutMs: 120_000 });
    const stats = parsePing(stdout);
    if (stats) return stats;
    throw failure(
      'CommandFailed',
      `${machine}: \`${words.join(' ')}\` gave no summary: ${stderr.trim() || stdout.trim()}`,
    );
  };
  const numbers = async () => ({ ...(await ping()) }) as Numbers;
  return {
    before: numbers,
    after: numbers,
    during: async (before) => {
      const during = await ping();
      const { shown, hidden } = judgePing(spec, before as unknown as PingStats, during);
      const how = hidden.length > 0 ? `not to be seen: ${hidden.join('; ')}` : shown.join('; ');
      return { bit: hidden.length === 0, how, before, during: { ...during } as Numbers };
    },
  };
}

async function pathOf(deps: Deps, spec: Spec): Promise<{ machine: string; address: string }> {
  const target = resolveTarget(deps.fleet, spec.target);
  if (target.kind !== 'machine') {
    const container = await containerOf(deps, spec.target, target.machine, target.service);
    return { machine: target.machine, address: container.addresses[0] ?? '' };
  }
  return { machine: target.machine, address: peerAddress(deps, target.machine, spec.toward) };
}

/** The address of `toward`, or of any other machine that has one. @throws BadInput */
export function peerAddress(deps: Deps, machine: string, toward: string | undefined): string {
  const peers = toward === undefined ? Object.keys(deps.fleet.machines).filter((name) => name !== machine) : [toward];
  const machines = peers.map((name) => deps.fleet.machines[resolveTarget(deps.fleet, name).machine]);
  const address = machines.flatMap((peer) => peer?.addresses ?? [])[0];
  if (address !== undefined) return address;
  throw failure(
    'BadInput',
    `No address of ${peers.join(', ')} is known: give \`addresses\` to that machine in the fleet file.`,
  );
}
