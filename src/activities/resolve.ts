import { z } from 'zod';
import { describeFault } from '../contract/describe-fault.ts';
import type { FaultSpec } from '../contract/fault-spec.ts';
import type { Place } from '../faults/argv.ts';
import { faults } from '../faults/index.ts';
import type { Fault } from '../faults/fault.ts';
import { withoutNone } from '../faults/netem-shape.ts';
import { resolveTarget, type Target } from '../fleet/select.ts';
import type { ContainerState } from '../hosts/host.ts';
import { composeFolder } from './compose.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { containerOf } from './relays.ts';
import { containerDevice, deviceTowards, firewallOf } from './resolve-machine.ts';
import { peersOf } from './resolve-peers.ts';

/** A fault with everything that only the machine knows filled in: ids, devices, addresses. Plain JSON. */
export interface Resolved {
  machine: string;
  kind: FaultSpec['kind'];
  params: Record<string, unknown>;
}

/** The pure fault behind a resolved one. */
export const faultOf = ({ kind }: Pick<Resolved, 'kind'>): Fault<unknown> => faults[kind] as unknown as Fault<unknown>;

/** Reads what is needed from the machines; touches nothing. `id` is the fault's. @throws GroundFailed, BadInput */
export async function resolveFault(deps: Deps, id: string, spec: FaultSpec): Promise<Resolved> {
  const target = resolveTarget(deps.fleet, spec.target);
  const { machine } = target;
  const container =
    target.kind === 'machine' ? undefined : await containerOf(deps, target.name, machine, target.service);
  if (container?.sharesNetwork === true && spec.kind !== 'container')
    throw failure(
      'BadInput',
      `${describeFault(spec)} is not possible: ${spec.target} has no network of its own (\`network_mode\` in its Compose file), so that others would be cut off with it. Break ${machine} itself.`,
    );
  const params = await paramsOf(deps, spec, { id, target, container });
  const resolved = { machine, kind: spec.kind, params };
  const checked = faultOf(resolved).params.safeParse(params);
  if (checked.success) return resolved;
  throw failure('BadInput', `${describeFault(spec)} is not possible:\n${z.prettifyError(checked.error)}`);
}

interface Found {
  id: string;
  target: Target;
  container: ContainerState | undefined;
}

function paramsOf(deps: Deps, spec: FaultSpec, found: Found): Promise<Record<string, unknown>> {
  switch (spec.kind) {
    case 'container':
      return containerParams(deps, spec, found);
    case 'partition':
      return partitionParams(deps, spec, found);
    case 'netem':
      return netemParams(deps, spec, found);
  }
}

async function containerParams(deps: Deps, spec: FaultSpec & { kind: 'container' }, { container, target }: Found) {
  if (!container)
    throw failure(
      'BadInput',
      `${spec.target} is a machine: \`${spec.action}\` needs a relay or a client in a container.`,
    );
  const { id, startedAt } = container;
  const { action, signal } = spec;
  const given = { id, startedAt, action, ...(signal === undefined ? {} : { signal }) };
  if ((action !== 'recreate' && action !== 'rebuild') || target.kind === 'machine') return given;
  const { project } = deps.fleet;
  return {
    ...given,
    compose: { project, service: target.service, ...(await composeFolder(deps, target.machine)) },
  };
}

async function partitionParams(deps: Deps, spec: FaultSpec & { kind: 'partition' }, found: Found) {
  const { target, container, id } = found;
  const isCut = spec.control === 'cut';
  const peers = spec.from === 'all' ? undefined : await peersOf(deps, spec.from, target);
  return {
    ...{ id, place: placeOf(container), tool: await firewallOf(deps, target.machine) },
    ...{ from: peers?.addresses ?? 'all', direction: spec.direction },
    ...portsOf(spec.ports === 'data' ? ['udp'] : spec.ports, peers?.ports),
    controlPorts: isCut ? [] : await controlPortsOf(deps, target),
    keep: container || isCut ? [] : (deps.fleet.machines[target.machine]?.keep ?? []),
  };
}

async function netemParams(deps: Deps, spec: FaultSpec & { kind: 'netem' }, { id, target, container }: Found) {
  const { kind: _, target: __, toward, interface: named, direction = 'out', ports, ...shape } = spec;
  const found = container
    ? containerDevice(deps, target.machine, container)
    : deviceTowards(deps, target.machine, toward);
  const dev = named ?? (await found);
  const peers = toward === undefined ? undefined : await peersOf(deps, [toward], target);
  return {
    ...{ id, place: placeOf(container), dev, direction },
    ...(peers === undefined ? {} : { toward: peers.addresses }),
    ...portsOf(ports, peers?.ports),
    controlPorts: await controlPortsOf(deps, target),
    ...withoutNone(shape),
  };
}

const placeOf = (container: ContainerState | undefined): Place =>
  container ? { on: 'container', id: container.id, startedAt: container.startedAt } : { on: 'machine' };

/** Those that are asked for, among those by which the peer is seen. */
function portsOf(asked: string[] | undefined, seen: string[] | undefined): { ports?: string[] } {
  const both =
    asked === undefined ? seen : seen?.filter((port) => asked.some((one) => `${port}/`.startsWith(`${one}/`)));
  const ports = both ?? asked;
  return ports === undefined ? {} : { ports };
}

/** sshd's port on a machine as our connection uses it, the health port in a relay: never disturbed. */
async function controlPortsOf(deps: Deps, target: Target): Promise<number[]> {
  if (target.kind === 'relay') return [deps.fleet.relays[target.name]?.healthPort ?? 8080];
  if (target.kind === 'container') return [];
  const control = await deps.hosts.get(target.machine).control();
  return control ? [control.toPort] : [];
}
