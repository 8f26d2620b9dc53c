import { setTimeout as pause } from 'node:timers/promises';
import { patience } from '../hosts/awake.ts';
import type { ContainerState } from '../hosts/host.ts';
import { parseHealth } from '../zerok/health.ts';
import type { Health } from '../zerok/health.ts';
import { endpointIdOf } from '../zerok/endpoint-id.ts';
import { stopwatch } from './clock.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { httpGet } from './http.ts';

export interface RelayNow {
  name: string;
  container: ContainerState;
  /** 64 hex digits; new at every start. */
  endpointId: string;
  /** The beginning of what it logged since its start, the id in it. */
  log: string;
}

/** The id stands at the beginning of a log that may be huge by now, or grow by 10 MB a second. */
const ID_PRINTED_WITHIN_MS = 120_000;
const ID_PRINTED_WITHIN_BYTES = 256 * 1024;
const ID_DEADLINE_SECONDS = 20;
/** A relay that has served for so long has printed its id. */
const SERVES_SECONDS = 5;
const HEALTH_BYTES = 64 * 1024;
const EVIDENCE_CHARS = 400;

/** The container behind a relay or a container client, by its compose service. @throws GroundFailed with the services there are. */
export async function containerOf(deps: Deps, name: string, machine: string, service: string): Promise<ContainerState> {
  const docker = deps.hosts.get(machine).docker();
  // Asked for alone: a slow engine takes its time over each container.
  const found = (await docker.project(deps.fleet.project, service)).find((one) => one.service === service);
  if (found) return found;
  const containers = await docker.project(deps.fleet.project);
  const there = containers.map((container) => container.service).join(', ') || 'none';
  throw failure(
    'GroundFailed',
    `${name}: no service \`${service}\` in the compose project \`${deps.fleet.project}\` on ${machine} (there: ${there}). ` +
      'Start it: `0k-chaos relays up`.',
  );
}

export async function relayContainer(deps: Deps, name: string): Promise<ContainerState> {
  const relay = deps.fleet.relays[name];
  if (!relay) throw failure('BadInput', `No relay \`${name}\` (known: ${Object.keys(deps.fleet.relays).join(', ')})`);
  return containerOf(deps, name, relay.machine, relay.service);
}

/**
 * Waits, bounded, until the relay has printed the id of its present start. @throws GroundFailed where it cannot come any
 * more: the relay does not run, or its log was rotated away from the line.
 */
export async function relayNow(deps: Deps, name: string): Promise<RelayNow> {
  const isOver = patience(ID_DEADLINE_SECONDS);
  for (let looks = 1; ; looks += 1) {
    const container = await relayContainer(deps, name);
    const log = await startOfLog(deps, name, container);
    const endpointId = endpointIdOf(log);
    if (endpointId !== undefined) return { name, container, endpointId, log };
    const never = looks > 1 ? await whyNever(deps, name, container, isOver()) : undefined;
    if (never !== undefined) throw failure('GroundFailed', `${name}: ${never}`);
    await pause(200);
  }
}

/** Docker writes down a start only when the program runs, and a quick one has logged its first lines by then. */
const LATE_START_MS = 5_000;

/** Since its end before this start; of one that has ended again, Docker does not know that any more. */
function startOfLog(deps: Deps, name: string, { id, startedAt, finishedAt }: ContainerState): Promise<string> {
  const docker = deps.hosts.get(deps.fleet.relays[name]?.machine ?? '').docker();
  const [started, finished] = [Date.parse(startedAt), Date.parse(finishedAt)];
  const since = new Date(Math.max(0, finished < started ? finished : started - LATE_START_MS));
  const until = new Date(started + ID_PRINTED_WITHIN_MS);
  return docker.logs(id, { since, until, firstBytes: ID_PRINTED_WITHIN_BYTES });
}

/** Why no id will come; undefined: it may still come. */
async function whyNever(deps: Deps, name: string, container: ContainerState, late: boolean) {
  const machine = deps.fleet.relays[name]?.machine ?? '';
  const see = `See \`docker logs ${container.name}\` on ${machine}.`;
  if (container.status !== 'running') {
    return `its container ${container.name} on ${machine} is ${container.status} (exit code ${container.exitCode}), and its log since the start holds no endpoint id. Start it: \`0k-chaos relays start ${name}\`.`;
  }
  const { answer } = await healthOf(deps, name);
  const serves = answer && 'health' in answer && answer.health.uptimeSeconds >= SERVES_SECONDS;
  if (serves) {
    return `it serves, but the line with its endpoint id is not in its log since ${container.startedAt}: the log was rotated or cut, and a relay says its id only when it starts. Way out: \`0k-chaos relays restart ${name}\`. ${see}`;
  }
  return late
    ? `no \`Endpoint ID:\` in its log since ${container.startedAt} (status ${container.status}). ${see}`
    : undefined;
}

/** Beside the health address, whatever path leads there. */
export const metricsUrl = ({ fleet }: Pick<Deps, 'fleet'>, name: string): string =>
  new URL('metrics', fleet.relays[name]?.health).href;

export interface RelayHealth {
  ok: boolean;
  /** What it answered, cut short; or why there is no answer. */
  evidence: string;
  /** Undefined: nothing answered in time. */
  answer?: { health: Health } | { error: string };
}

/** What the health address answers, bounded in time and bytes. @throws never */
export async function healthOf(deps: Deps, name: string): Promise<RelayHealth> {
  const relay = deps.fleet.relays[name];
  if (!relay) return { ok: false, evidence: 'not in the fleet' };
  const got = await httpGet(relay.health, { maxBytes: HEALTH_BYTES });
  if ('error' in got) return { ok: false, evidence: got.error };
  const evidence = got.text.slice(0, EVIDENCE_CHARS);
  const answer = got.ok ? parseHealth(got.text) : { error: `HTTP ${got.status}: \`${evidence}\`` };
  return { ok: 'health' in answer, evidence, answer };
}

/** Waits until the relay says it is healthy. @returns seconds, or undefined after `deadlineSeconds`. */
export async function untilHealthy(deps: Deps, name: string, deadlineSeconds: number): Promise<number | undefined> {
  const [clock, isOver] = [stopwatch(), patience(deadlineSeconds)];
  for (;;) {
    if ((await healthOf(deps, name)).ok) return clock();
    if (isOver()) return undefined;
    await pause(200);
  }
}
