import { z } from 'zod';
import { describeFault } from '../contract/describe-fault.ts';
import type { FaultSpec, NetemShape } from '../contract/fault-spec.ts';
import type { Place } from '../faults/argv.ts';
import { faults } from '../faults/index.ts';
import type { Fault } from '../faults/fault.ts';
import { resolveTarget } from '../fleet/select.ts';
import type { ContainerState, Host } from '../hosts/host.ts';
import { peerAddress } from './bite/netem.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { ledgerOf } from './leases.ts';
import { containerOf } from './relays.ts';

/** A fault with everything that only the machine knows filled in: ids, devices, addresses. Plain JSON. */
export interface Resolved {
  machine: string;
  kind: FaultSpec['kind'];
  params: Record<string, unknown>;
}

/** The pure fault behind a resolved one. */
export const faultOf = ({ kind }: Resolved): Fault<unknown> => faults[kind] as unknown as Fault<unknown>;

/** Reads what is needed from the machines; touches nothing. `id` is the fault's. @throws GroundFailed, BadInput */
export async function resolveFault(deps: Deps, id: string, spec: FaultSpec): Promise<Resolved> {
  const resolved = await resolve(deps, id, spec);
  const checked = faultOf(resolved).params.safeParse(resolved.params);
  if (checked.success) return resolved;
  throw failure('BadInput', `${describeFault(spec)} is not possible:\n${z.prettifyError(checked.error)}`);
}

async function resolve(deps: Deps, id: string, spec: FaultSpec): Promise<Resolved> {
  const target = resolveTarget(deps.fleet, spec.target);
  const { machine } = target;
  const container =
    target.kind === 'machine' ? undefined : await containerOf(deps, target.name, machine, target.service);
  const place: Place = container
    ? { on: 'container', id: container.id, startedAt: container.startedAt }
    : { on: 'machine' };
  if (spec.kind === 'container') return { machine, kind: spec.kind, params: containerParams(spec, container) };
  const controlPorts = await controlPortsOf(deps, spec.target);
  if (spec.kind === 'partition') {
    const tool = await firewallOf(deps, machine);
    const from = spec.from === 'all' ? 'all' : await addressesOf(deps, spec.from);
    const keep = container ? [] : (deps.fleet.machines[machine]?.keep ?? []);
    return {
      machine,
      kind: spec.kind,
      params: { id, place, tool, from, direction: spec.direction, controlPorts, keep },
    };
  }
  const { kind, target: _, toward, ...shape } = spec;
  const dev = container ? await containerDevice(deps, machine, container) : await deviceTowards(deps, machine, toward);
  const peers = toward === undefined ? {} : { toward: await addressesOf(deps, [toward]) };
  return { machine, kind, params: { place, dev, ...peers, controlPorts, ...withoutZeros(shape) } };
}

/** An effect of 0 is none: so that an option can be switched off. */
const withoutZeros = (shape: NetemShape): NetemShape =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== 0));

function containerParams(spec: FaultSpec & { kind: 'container' }, container: ContainerState | undefined) {
  if (!container)
    throw failure(
      'BadInput',
      `${spec.target} is a machine: \`${spec.action}\` needs a relay or a client in a container.`,
    );
  const { id, startedAt } = container;
  return { id, startedAt, action: spec.action, ...(spec.signal === undefined ? {} : { signal: spec.signal }) };
}

const firewalls = new WeakMap<Host, 'nft' | 'iptables'>();

/** nft where it is there, as the kernel then times the cut too; looked up once for each machine. */
async function firewallOf(deps: Deps, machine: string): Promise<'nft' | 'iptables'> {
  const host = deps.hosts.get(machine);
  const known = firewalls.get(host);
  if (known) return known;
  const { tools } = await ledgerOf(deps, machine).check();
  const found = tools['nft'] ? 'nft' : 'iptables';
  firewalls.set(host, found);
  return found;
}

/** sshd's port on a machine as our connection uses it, the health port in a relay: never disturbed. */
async function controlPortsOf(deps: Deps, name: string): Promise<number[]> {
  const target = resolveTarget(deps.fleet, name);
  if (target.kind === 'relay') return [deps.fleet.relays[name]?.healthPort ?? 8080];
  if (target.kind === 'container') return [];
  const control = await deps.hosts.get(target.machine).control();
  return control ? [control.toPort] : [];
}

/** Addresses of machines as the fleet file gives them, of relays and container clients as Docker does. */
async function addressesOf(deps: Deps, names: string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const target = resolveTarget(deps.fleet, name);
      if (target.kind === 'machine' || deps.fleet.machines[name])
        return deps.fleet.machines[target.machine]?.addresses ?? [];
      return (await containerOf(deps, name, target.machine, target.service)).addresses;
    }),
  );
  if (found.flat().length > 0) return found.flat();
  throw failure(
    'BadInput',
    `No address of ${names.join(', ')} is known: give \`addresses\` to that machine in the fleet file.`,
  );
}

/** The interface that a packet to the peer leaves by: found from the route, never assumed. Source: ip-route(8). */
async function deviceTowards(deps: Deps, machine: string, toward: string | undefined): Promise<string> {
  const address = peerAddress(deps, machine, toward);
  const words = ['ip', '-j', 'route', 'get', address];
  const { stdout, stderr } = await deps.hosts.get(machine).exec(words);
  const dev = devices(stdout)[0]?.dev;
  if (dev !== undefined) return dev;
  throw failure(
    'GroundFailed',
    `${machine}: \`${words.join(' ')}\` names no interface: ${stderr.trim() || stdout.trim()}`,
  );
}

async function containerDevice(deps: Deps, machine: string, { name, pid, addresses }: ContainerState): Promise<string> {
  const host = deps.hosts.get(machine);
  const words = [...(await host.asRoot()), 'nsenter', '-t', String(pid), '-n', 'ip', '-j', 'addr'];
  const { stdout, stderr } = await host.exec(words);
  const dev = devices(stdout).find(({ addr_info: info = [] }) => info.some(({ local }) => addresses.includes(local)));
  if (dev?.ifname !== undefined) return dev.ifname;
  throw failure(
    'GroundFailed',
    `${machine}: no interface of ${name} has its address ${addresses.join(', ')}: ${stderr.trim()}`,
  );
}

interface Device {
  dev?: string;
  ifname?: string;
  addr_info?: { local: string }[];
}

function devices(json: string): Device[] {
  try {
    return JSON.parse(json) as Device[];
  } catch {
    return [];
  }
}
