import type { Deps } from '../../activities/deps.ts';
import { relayNow } from '../../activities/relays.ts';
import { relayHealthProblem, relayLogProblem } from '../../zerok/ground.ts';
import { parseHealth } from '../../zerok/health.ts';
import { check, fail, ok, SEE, warn, type Check, type Finding } from './check.ts';

const HTTP_TIMEOUT_MS = 5_000;

export async function relayChecks(deps: Deps, name: string): Promise<Check[]> {
  const url = deps.fleet.relays[name]?.health ?? '';
  const checks = await Promise.all([
    check(name, SEE, () => container(deps, name)),
    check(name, SEE, () => health(name, url)),
  ]);
  return checks.flat();
}

async function container(deps: Deps, name: string): Promise<Finding[]> {
  const { container: found, endpointId } = await relayNow(deps, name);
  const seen = `container ${found.name} is ${found.status}${found.health === null ? '' : `, ${found.health}`}`;
  const machine = deps.fleet.relays[name]?.machine ?? '';
  if (found.status !== 'running') return [fail(seen, `\`docker start ${found.name}\` on ${machine}`)];
  const docker = deps.hosts.get(machine).docker();
  const log = await docker.logs(found.id, { since: new Date(found.startedAt) });
  const problem = relayLogProblem(name, log);
  const endpoint = ok(`${seen}, endpoint ${endpointId.slice(0, 8)}…`);
  // Runs work without, but their search for plaintext proves nothing.
  return problem === undefined ? [endpoint] : [endpoint, warn(problem.problem, problem.fix)];
}

async function health(name: string, url: string): Promise<Finding[]> {
  const problem = relayHealthProblem(name, url, await answerOf(url));
  return [problem === undefined ? ok(`healthy at ${url}`) : fail(problem.problem, problem.fix)];
}

async function answerOf(url: string): Promise<ReturnType<typeof parseHealth> | undefined> {
  try {
    return parseHealth(await (await fetch(url, { signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) })).text());
  } catch {
    return undefined;
  }
}
