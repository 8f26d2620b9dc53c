import type { Finding, RunRef } from '../contract/run.ts';
import type { Steps } from '../contract/steps.ts';
import { follow } from './alone.ts';
import type { Deps } from './deps.ts';
import { beating } from './heartbeat.ts';
import { readGroup } from './join.ts';
import { RunFolder } from './journal.ts';
import { relayContainer, relayNow } from './relays.ts';
import type { RelayNow } from './relays.ts';
import { SyncClient } from './sync-client.ts';

/** The relays' present endpoint ids go into every client's group file; cursors are kept. */
export const reconfigure = (deps: Deps): Steps['reconfigure'] =>
  async function reconfigure({ run, clients }) {
    await beating(() => reconfigured(deps, run, clients));
  };

/** @returns whose group file is not as it was given: its client alone writes to it, and has nothing to change there but cursors */
export async function reconfigured(deps: Deps, run: RunRef, clients: string[]): Promise<Finding[]> {
  const folder = new RunFolder(deps.stateDir, run);
  const relays = await relaysNow(deps);
  const given = idsGiven(folder);
  const changed = clients.map(async (name) => {
    const client = new SyncClient(deps, run, name);
    const group = await readGroup(client);
    await follow(client, group, relays);
    return given === undefined || String(group.relay_addresses) === String(given)
      ? []
      : [`${name} was given ${given.length} relay(s), and its group.json names ${told(group.relay_addresses, given)}`];
  });
  const [first, ...more] = (await Promise.all(changed)).flat();
  noteGiven(folder, relays);
  return first === undefined ? [] : [{ id: 'group-file-changed', message: first, count: 1 + more.length }];
}

const told = (now: string[], given: string[]): string =>
  now.length === given.length && now.every((id) => given.includes(id))
    ? 'them in another order'
    : `${now.filter((id) => given.includes(id)).length} of them and ${now.filter((id) => !given.includes(id)).length} other(s)`;

const GIVEN = 'clients follow these relays';

export const noteGiven = (folder: RunFolder, relays: RelayNow[]): void =>
  folder.record({ kind: 'note', summary: GIVEN, data: { ids: relays.map(({ endpointId }) => endpointId) } });

const idsGiven = (folder: RunFolder): string[] | undefined =>
  folder.events().findLast(({ summary }) => summary === GIVEN)?.data?.['ids'] as string[] | undefined;

/** Those that run, in the order of the fleet. */
export async function relaysNow(deps: Deps): Promise<RelayNow[]> {
  const relays = Object.keys(deps.fleet.relays).map(async (name) =>
    (await relayContainer(deps, name)).status === 'running' ? [await relayNow(deps, name)] : [],
  );
  return (await Promise.all(relays)).flat();
}
