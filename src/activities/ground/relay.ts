import type { Deps } from '../deps.ts';
import { relayHealthProblem, relayLogProblem } from '../../zerok/ground.ts';
import { healthOf, relayNow, type RelayNow } from '../relays.ts';
import { fail, ok, warn, type Observation } from './observation.ts';

/** The container behind a relay runs, and has said its endpoint id. */
export const container = async (deps: Deps, name: string): Promise<Observation[]> => judge(await relayNow(deps, name));

export function judge({ name, container: found, endpointId, log }: RelayNow): Observation[] {
  const seen = `container ${found.name} is ${found.status}${found.health === null ? '' : `, ${found.health}`}`;
  if (found.status !== 'running') return [fail(`${name}: ${seen}`, startFix(name))];
  const problem = relayLogProblem(name, log);
  const endpoint = ok(`${name}: ${seen}, endpoint ${endpointId.slice(0, 8)}…`);
  // Runs work without, but their search for plaintext proves nothing.
  return problem === undefined ? [endpoint] : [endpoint, warn(problem.problem, problem.fix)];
}

export const startFix = (name: string): string => `\`0k-chaos relays start ${name}\``;

/** What its health address answers. Healthy does not mean reachable: only a pull shows that. */
export async function health(deps: Deps, name: string): Promise<Observation[]> {
  const url = deps.fleet.relays[name]?.health ?? '';
  const { answer, evidence } = await healthOf(deps, name);
  const problem = relayHealthProblem(name, url, answer);
  if (problem === undefined) return [ok(`${name} healthy at ${url}`)];
  const why = answer === undefined ? ` (${evidence})` : '';
  return [fail(`${problem.problem}${why}`, problem.fix)];
}
