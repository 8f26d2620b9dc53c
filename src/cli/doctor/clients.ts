import type { Deps } from '../../activities/deps.ts';
import { SyncClient } from '../../activities/sync-client.ts';
import { version } from '../../zerok/commands.ts';
import { clientProblem } from '../../zerok/ground.ts';
import { check, fail, ok, SEE, type Check, type Finding } from './check.ts';

/** No run: nothing is written in its name. */
const NOBODY = { scenario: 'doctor', workflowId: 'doctor', runId: 'doctor' };
/** The folder, or the nearest one above it that is there. */
const MAY_WRITE = 'd=$1; until [ -e "$d" ]; do d=${d%/*}; d=${d:-/}; done; [ -d "$d" ] && [ -w "$d" ]';

export const clientChecks = (deps: Deps, name: string): Promise<Check[]> =>
  check(name, SEE, async (): Promise<Finding[]> => {
    const client = new SyncClient(deps, NOBODY, name);
    const words = version(client.cli);
    const printed = await client.exec(words, { timeoutMs: 20_000 });
    const problem = clientProblem(name, client.cli.command.join(' '), printed);
    if (problem) return [fail(problem.problem, problem.fix)];
    const data = deps.fleet.clients[name]?.data ?? '';
    const { exitCode } = await client.exec(['sh', '-c', MAY_WRITE, 'sh', data]);
    const place = deps.fleet.clients[name]?.service === undefined ? client.machine : `a container on ${client.machine}`;
    if (exitCode !== 0)
      return [fail(`may not write \`${data}\` on ${place}`, 'give another folder as `data` of the client')];
    return [ok(`${printed.stdout.trim().slice(0, 40)} on ${place}, data under ${data}`)];
  });
