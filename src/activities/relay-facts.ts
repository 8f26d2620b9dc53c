import type { Health } from '../zerok/health.ts';
import { parseMetrics, relayMetrics } from '../zerok/metrics.ts';
import type { Deps } from './deps.ts';
import { httpGet } from './http.ts';
import { healthOf, metricsUrl, relayContainer, relayNow } from './relays.ts';

/** Everything that is known of a relay now; null: could not be found out, and `problems` says why. */
export interface RelayFacts {
  relay: string;
  container: string | null;
  status: string | null;
  startedAt: string | null;
  endpointId: string | null;
  health: Health | null;
  /** Its own values, without `sync_relay_`. */
  metrics: Record<string, number> | null;
  memoryBytes: number | null;
  openFiles: number | null;
  problems: string[];
}

/** The first process of a container is the relay. Source: proc(5). */
const USAGE = 'grep ^VmRSS: /proc/1/status; ls /proc/1/fd | wc -l';

/** All of it, side by side; what cannot be found out keeps nobody from the rest. */
export async function relayFacts(deps: Deps, relay: string): Promise<RelayFacts> {
  const problems: string[] = [];
  const tried = <T>(look: Promise<T>): Promise<T | null> =>
    look.catch((error: Error) => (problems.push(error.message), null));
  const [container, now, health, metrics, usage] = await Promise.all([
    tried(relayContainer(deps, relay)),
    tried(relayNow(deps, relay)),
    tried(relayHealth(deps, relay)),
    tried(metricsOf(deps, relay)),
    tried(usageOf(deps, relay)),
  ]);
  const { name = null, status = null, startedAt = null } = container ?? {};
  return {
    ...{ relay, container: name, status, startedAt, endpointId: now?.endpointId ?? null, health },
    metrics: metrics === null ? null : relayMetrics(parseMetrics(metrics)),
    ...(usage ?? { memoryBytes: null, openFiles: null }),
    problems: [...new Set(problems)],
  };
}

/** @throws Error with what the health address answered instead */
export async function relayHealth(deps: Deps, relay: string): Promise<Health> {
  const { answer, evidence } = await healthOf(deps, relay);
  if (answer && 'health' in answer) return answer.health;
  throw new Error(`${relay}: ${deps.fleet.relays[relay]?.health}: ${answer ? answer.error : evidence}`);
}

/** What /metrics answers, beside /health. @throws Error */
export async function metricsOf(deps: Deps, relay: string): Promise<string> {
  const url = metricsUrl(deps, relay);
  const got = await httpGet(url);
  if ('error' in got) throw new Error(`${relay}: ${url}: ${got.error}`);
  if (!got.ok) throw new Error(`${relay}: ${url} answered ${got.status}: \`${got.text.slice(0, 200)}\``);
  return got.text;
}

async function usageOf(deps: Deps, relay: string): Promise<{ memoryBytes: number; openFiles: number }> {
  const { id, name } = await relayContainer(deps, relay);
  const docker = deps.hosts.get(deps.fleet.relays[relay]?.machine ?? '').docker();
  const { stdout, stderr } = await docker.exec(id, ['sh', '-c', USAGE], { timeoutMs: 20_000 });
  const [, kilobytes, files] = /VmRSS:\s+(\d+) kB\s+(\d+)/.exec(stdout) ?? [];
  if (files === undefined) throw new Error(`${relay}: \`${USAGE}\` in ${name} printed \`${(stdout + stderr).trim()}\``);
  return { memoryBytes: Number(kilobytes) * 1024, openFiles: Number(files) };
}
