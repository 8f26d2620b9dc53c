import type { Deps } from './deps.ts';
import { inTime } from './in-time.ts';
import { idsOf, stateOf } from './owners.ts';
import { SyncClient } from './sync-client.ts';

/** In the folder of a run on a client: `<workflowId>/<runId>`. */
export const OWNER_FILE = 'owner';

/** Each folder with an owner, a line: its name, whether it is old, and its owner. */
const LIST = `for folder in "$1"/0k-chaos-*; do
  [ -f "$folder/${OWNER_FILE}" ] || continue
  if [ -n "$(find "$folder" -prune -mtime +6)" ]; then age=old; else age=young; fi
  printf '%s %s %s\\n' "\${folder##*/}" "$age" "$(head -n 1 "$folder/${OWNER_FILE}" | head -c 2000)"
done`;

/** So many folders in one sweep: a machine that makes up more of them keeps no sweep from its end. */
const AT_ONCE = 200;

/** No run lasts for so long: one that this Temporal does not know any more has ended. */
const OLD = 'old';

/**
 * Removes from the clients what runs have left that have ended without tidying up: they were terminated, or could not reach the client.
 * The keys of their groups are in there. @returns what was removed, and which clients could not be looked through, one line each
 */
export async function tidyClients(deps: Deps, names: string[]): Promise<{ tidied: string[]; left: string[] }> {
  const outcomes = await Promise.allSettled(
    names.map((name) => inTime(name, (signal) => tidyClient(deps, name, signal))),
  );
  const untold = (outcome: PromiseSettledResult<unknown>, n: number): string[] =>
    outcome.status === 'fulfilled'
      ? []
      : [`${names[n]}: whether runs have left folders there is not known: ${(outcome.reason as Error).message}`];
  return {
    tidied: outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : [])),
    left: outcomes.flatMap(untold),
  };
}

async function tidyClient(deps: Deps, name: string, signal: AbortSignal): Promise<string[]> {
  const of = (owner: string): SyncClient => new SyncClient(deps, { scenario: '', ...idsOf(owner) }, name);
  const { data = '' } = deps.fleet.clients[name] ?? {};
  const tidied: string[] = [];
  for (const line of (await of('/').script(LIST, [data])).split('\n').slice(0, AT_ONCE)) {
    const [, folder = '', age = '', owner = ''] = /^(\S+) (\S+) (.+\/.+)$/.exec(line) ?? [];
    signal.throwIfAborted();
    // What a machine says is believed only as far as the name of the folder bears it out.
    const client = of(owner);
    if (`${data}/${folder}` !== client.root) continue;
    const state = await stateOf(deps.temporal, owner);
    if (state === 'alive' || (state === 'unknown' && age !== OLD)) continue;
    await client.remove();
    tidied.push(`${name}: what ${owner} had left there is removed`);
  }
  return tidied;
}
