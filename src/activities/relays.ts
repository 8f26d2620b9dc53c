import { setTimeout as pause } from 'node:timers/promises';
import type { ContainerState } from '../hosts/host.ts';
import { parseHealth } from '../zerok/health.ts';
import { endpointIdOf } from '../zerok/endpoint-id.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';

export interface RelayNow {
  name: string;
  container: ContainerState;
  /** 64 hex digits; new at every start. */
  endpointId: string;
}

/** The id stands at the beginning of a log that may be huge by now. */
const ID_PRINTED_WITHIN_MS = 30_000;
const ID_DEADLINE_MS = 20_000;
const HTTP_TIMEOUT_MS = 5_000;

/** The container behind a relay or a container client, by its compose service. @throws GroundFailed with the services there are. */
export async function containerOf(deps: Deps, name: string, machine: string, service: string): Promise<ContainerState> {
  const containers = await deps.hosts.get(machine).docker().project(deps.fleet.project);
  const found = containers.find((container) => container.service === service);
  if (found) return found;
  const there = containers.map((container) => container.service).join(', ') || 'none';
  throw failure(
    'GroundFailed',
    `${name}: no service \`${service}\` in the compose project \`${deps.fleet.project}\` on ${machine} (there: ${there}). ` +
      `Start it there: \`docker compose -p ${deps.fleet.project} up -d --wait\`.`,
  );
}

export async function relayContainer(deps: Deps, name: string): Promise<ContainerState> {
  const relay = deps.fleet.relays[name];
  if (!relay) throw failure('BadInput', `No relay \`${name}\` (known: ${Object.keys(deps.fleet.relays).join(', ')})`);
  return containerOf(deps, name, relay.machine, relay.service);
}

/** Waits, bounded, until the relay has printed the id of its present start. */
export async function relayNow(deps: Deps, name: string): Promise<RelayNow> {
  const relay = deps.fleet.relays[name];
  const deadline = Date.now() + ID_DEADLINE_MS;
  for (;;) {
    const container = await relayContainer(deps, name);
    const docker = deps.hosts.get(relay?.machine ?? '').docker();
    const since = new Date(container.startedAt);
    const log = await docker.logs(container.id, { since, until: new Date(since.getTime() + ID_PRINTED_WITHIN_MS) });
    const endpointId = endpointIdOf(log);
    if (endpointId !== undefined) return { name, container, endpointId };
    if (Date.now() > deadline) {
      throw failure(
        'GroundFailed',
        `${name}: no \`Endpoint ID:\` in its log since ${container.startedAt} (status ${container.status}). See \`docker logs ${container.name}\` on ${relay?.machine}.`,
      );
    }
    await pause(200);
  }
}

/** What the health address answers; `undefined` when nothing answers in time. */
export async function healthOf(deps: Deps, name: string): Promise<{ ok: boolean; evidence: string }> {
  const relay = deps.fleet.relays[name];
  if (!relay) return { ok: false, evidence: 'not in the fleet' };
  try {
    const response = await fetch(relay.health, { signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) });
    const text = (await response.text()).slice(0, 400);
    const health = parseHealth(text);
    return { ok: response.ok && 'health' in health && health.health.status === 'ok', evidence: text };
  } catch (error) {
    const cause = (error as Error).cause as { code?: string } | undefined;
    return { ok: false, evidence: cause?.code ?? (error as Error).name };
  }
}

/** Waits until the relay says it is healthy. @returns seconds, or undefined after `deadlineSeconds`. */
export async function untilHealthy(deps: Deps, name: string, deadlineSeconds: number): Promise<number | undefined> {
  const startedAt = Date.now();
  while (Date.now() - startedAt < deadlineSeconds * 1000) {
    if ((await healthOf(deps, name)).ok) return (Date.now() - startedAt) / 1000;
    await pause(200);
  }
  return undefined;
}
