import type { Deps } from '../deps.ts';
import { installFix } from './client.ts';
import { fail, ok, type Observation } from './observation.ts';
import { artefactOf } from '../install.ts';

/** Path, size and sha256 of a program: found as the shell finds it. */
const LOOK = 'p=$(command -v -- "$1") && [ -x "$p" ] && [ -f "$p" ] && wc -c <"$p" && sha256sum <"$p" && echo "$p"';

/** The program is there; and where the fleet file says how it is made, it is the one that was made last. */
export async function binary(deps: Deps, name: string): Promise<Observation[]> {
  const client = deps.fleet.clients[name];
  const [path = ''] = client?.command ?? [];
  const machine = client?.machine ?? '';
  const fix = installFix(deps, name) ?? 'build it there, or correct `command` of the client in the fleet file';
  const look = await deps.hosts.get(machine).exec(['sh', '-c', LOOK, 'sh', path], { timeoutMs: 20_000 });
  const [bytes, sum, found] = look.stdout
    .trim()
    .split('\n')
    .map((line) => line.trim());
  if (look.exitCode !== 0 || found === undefined) return [fail(`no program \`${path}\` on ${machine}`, fix)];
  const sha256 = sum?.slice(0, 64) ?? '';
  const built = client?.build && (await artefactOf(deps, client.build));
  if (built && built.sha256 !== sha256) {
    const newer = `\`${built.path}\` on ${client.build?.on} (${built.sha256.slice(0, 8)}…)`;
    return [fail(`\`${found}\` on ${machine} (${sha256.slice(0, 8)}…) is not what was built last, ${newer}`, fix)];
  }
  return [ok(`${found} on ${machine}, ${bytes} bytes, sha256 ${sha256.slice(0, 8)}…${built ? ', as built last' : ''}`)];
}
