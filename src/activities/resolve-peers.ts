import { resolveTarget, type Target } from '../fleet/select.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { containerOf } from './relays.ts';

/** Whom packets are told from others by; `ports` where several share an address. */
export interface Peers {
  addresses: string[];
  ports?: string[];
}

/**
 * Machines as the fleet file gives them, relays and container clients as Docker does. From another machine a relay is seen as ports of
 * its machine. @throws BadInput
 */
export async function peersOf(deps: Deps, names: string[], seenFrom: Target): Promise<Peers> {
  const found = await Promise.all(names.map((name) => peerOf(deps, name, seenFrom)));
  const addresses = [...new Set(found.flatMap((peer) => peer.addresses))];
  if (addresses.length === 0)
    throw failure(
      'BadInput',
      `No address of ${names.join(', ')} is known: give \`addresses\` to that machine in the fleet file.`,
    );
  const withPorts = found.filter(({ ports }) => ports !== undefined);
  if (withPorts.length === 0) return { addresses };
  if (withPorts.length === found.length) return { addresses, ports: withPorts.flatMap(({ ports }) => ports ?? []) };
  throw failure(
    'BadInput',
    `${names.join(', ')}: machines and relays on another machine are not told apart by one rule: make a fault of each.`,
  );
}

async function peerOf(deps: Deps, name: string, seenFrom: Target): Promise<Peers> {
  const { fleet } = deps;
  const target = resolveTarget(fleet, name);
  // Where a machine and a client in a container share a name, the machine is meant here.
  if (target.kind === 'machine' || Object.hasOwn(fleet.machines, name))
    return { addresses: fleet.machines[target.machine]?.addresses ?? [] };
  const container = await containerOf(deps, name, target.machine, target.service);
  if (seenFrom.machine === target.machine) return { addresses: container.addresses };
  if (container.published.length > 0)
    return { addresses: fleet.machines[target.machine]?.addresses ?? [], ports: container.published };
  throw failure('BadInput', `${name} publishes no port on ${target.machine}: ${seenFrom.name} does not see it at all.`);
}
