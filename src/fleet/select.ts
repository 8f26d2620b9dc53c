import type { FaultSpec } from '../contract/fault-spec.ts';
import { didYouMean } from './nearest.ts';
import type { Fleet } from './schema.ts';

/** What a name of the fleet stands for when it is to be broken. */
export type Target =
  | { kind: 'relay' | 'container'; name: string; machine: string; service: string }
  | { kind: 'machine'; name: string; machine: string };

/** A selector that means nothing in this fleet. */
export class SelectError extends Error {
  override name = 'SelectError';
  readonly kind = 'BadInput';
}

/**
 * `relay-1`, `guardian`, `machine beast`, or `all relays|clients|machines` → names that `resolveTarget` takes, in the order of
 * the fleet file. @throws SelectError
 */
export function select(fleet: Fleet, selector: string): string[] {
  const words = selector.trim().split(/\s+/);
  const group = words.length === 2 && words[0] === 'all' ? words[1] : undefined;
  if (group === 'relays' || group === 'clients') {
    return Object.keys(fleet[group]);
  }
  if (group === 'machines') {
    return Object.keys(fleet.machines).map((name) => `machine ${name}`);
  }
  const name = words.join(' ');
  resolveTarget(fleet, name);
  return [name];
}

/**
 * What `name` stands for. A client in a container is that container, a client on a machine is the machine; where a machine
 * and a client in a container share a name, the client is meant, and `machine NAME` is the machine. @throws SelectError
 */
export function resolveTarget(fleet: Fleet, name: string): Target {
  const machine = name.startsWith('machine ') ? name.slice('machine '.length).trim() : undefined;
  if (machine !== undefined && Object.hasOwn(fleet.machines, machine)) {
    return { kind: 'machine', name: machine, machine };
  }
  const relay = own(fleet.relays, name);
  if (relay !== undefined) {
    return { kind: 'relay', name, machine: relay.machine, service: relay.service };
  }
  const client = own(fleet.clients, name);
  if (client !== undefined) {
    return client.service === undefined
      ? { kind: 'machine', name, machine: client.machine }
      : { kind: 'container', name, machine: client.machine, service: client.service };
  }
  if (own(fleet.machines, name) !== undefined) {
    return { kind: 'machine', name, machine: name };
  }
  const known = [
    ...Object.keys(fleet.relays),
    ...new Set([...Object.keys(fleet.clients), ...Object.keys(fleet.machines)]),
  ];
  throw new SelectError(`no \`${name}\` in the fleet \`${fleet.name}\`; ${didYouMean(name, known)}`);
}

/** What a fleet has under a name that somebody wrote: nothing of what every object has. */
export const own = <T>(parts: Record<string, T>, name: string): T | undefined =>
  Object.hasOwn(parts, name) ? parts[name] : undefined;

/**
 * What a run that injects `spec` must have to itself, such as `relay-1` or `machine guardian`. To cut or slow a whole
 * machine disturbs all that runs on it, so its relays and container clients belong to it.
 */
export function resourcesOf(fleet: Fleet, spec: Pick<FaultSpec, 'target'>): string[] {
  return select(fleet, spec.target).flatMap((name) => {
    const target = resolveTarget(fleet, name);
    return target.kind === 'machine' ? [`machine ${target.machine}`, ...hosted(fleet, target.machine)] : [target.name];
  });
}

/** Where leases can stand, and heals and sweeps look: every machine reached by SSH, and this one where a relay or container runs on it. */
export const brokenMachines = (fleet: Fleet): string[] =>
  Object.entries(fleet.machines)
    .filter(([, machine]) => machine.ssh !== undefined || machine.docker !== undefined)
    .map(([name]) => name);

function hosted(fleet: Fleet, machine: string): string[] {
  const relays = Object.entries(fleet.relays).filter(([, relay]) => relay.machine === machine);
  const inContainers = Object.entries(fleet.clients).filter(
    ([, client]) => client.machine === machine && client.service !== undefined,
  );
  return [...relays, ...inContainers].map(([name]) => name);
}
