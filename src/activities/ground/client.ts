import type { Deps } from '../deps.ts';
import { version } from '../../zerok/commands.ts';
import { clientProblem } from '../../zerok/ground.ts';
import { SyncClient } from '../sync-client.ts';
import { fail, ok, type Observation } from './observation.ts';

/** No run: nothing is written in its name. */
const NOBODY = { scenario: 'ground', workflowId: 'ground', runId: 'ground' };
/** The folder, or the nearest one above it that is there. */
const MAY_WRITE = 'd=$1; until [ -e "$d" ]; do d=${d%/*}; d=${d:-/}; done; [ -d "$d" ] && [ -w "$d" ]';
const TIMEOUT_MS = 20_000;

/** Its program is there, starts, and is of the version whose outputs we know. */
export async function program(deps: Deps, name: string): Promise<Observation[]> {
  const client = new SyncClient(deps, NOBODY, name);
  const printed = await client.exec(version(client.cli), { timeoutMs: TIMEOUT_MS });
  const wrong = clientProblem(name, client.cli.command.join(' '), printed);
  const place = placeOf(deps, client);
  return [
    wrong === undefined
      ? ok(`${name}: ${printed.stdout.trim().slice(0, 40)} on ${place}`)
      : fail(`${wrong.problem} (on ${place})`, installFix(deps, name) ?? wrong.fix),
  ];
}

/** Runs may make their folders where the fleet file says. */
export async function dataFolder(deps: Deps, name: string): Promise<Observation[]> {
  const client = new SyncClient(deps, NOBODY, name);
  const data = deps.fleet.clients[name]?.data ?? '';
  const { exitCode } = await client.exec(['sh', '-c', MAY_WRITE, 'sh', data], { timeoutMs: TIMEOUT_MS });
  if (exitCode === 0) return [ok(`data under ${data}`)];
  return [fail(`may not write \`${data}\` on ${placeOf(deps, client)}`, 'give another folder as `data` of the client')];
}

/** The command that builds and copies the program, where the fleet file says how. */
export const installFix = ({ fleet }: Deps, name: string): string | undefined =>
  fleet.clients[name]?.build === undefined ? undefined : `\`0k-chaos guardian install ${name}\``;

const placeOf = ({ fleet }: Deps, { name, machine }: SyncClient): string =>
  fleet.clients[name]?.service === undefined ? machine : `a container on ${machine}`;
