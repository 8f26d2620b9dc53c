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
    await beating(async () => {
      const [why] = (await reconfigured(deps, run, clients)).strays.values();
      if (why) throw why;
    });
  };

interface Reconfigured {
  /** Whose group file is not as it was given: its client alone writes to it, and has nothing to change there but cursors. */
  findings: Finding[];
  /** Clients that do not follow, by name, and why. */
  strays: Map<string, Error>;
}

export async function reconfigured(deps: Deps, run: RunRef, clients: string[]): Promise<Reconfigured> {
  const strays: Reconfigured['strays'] = new Map();
  const folder = new RunFolder(deps.stateDir, run);
  const relays = await relaysNow(deps);
  const given = idsGiven(folder);
  const following = clients.map(async (name) => {
    const client = new SyncClient(deps, run, name);
    const group = await readGroup(client);
    await follow(client, group, relays);
    return given === undefined || String(group.relay_addresses) === String(given)
      ? []
      : [`${name} was given ${given.length} relay(s), and its group.json names ${told(group.relay_addresses, given)}`];
  });
  const changed = following.map((one, n) =>
    one.catch((error: Error) => (strays.set(clients[n] ?? '', error), [] as string[])),
  );
  const [first, ...more] = (await Promise.all(changed)).flat();
  noteGiven(folder, relays);
  const findings = first === undefined ? [] : [{ id: 'group-file-changed', message: first, count: 1 + more.length }];
  return { findings, strays };
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
