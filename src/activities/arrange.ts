import type { Steps } from '../contract/steps.ts';
import { groupsDiffer } from '../zerok/ground.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { beating } from './heartbeat.ts';
import { initDevice, pairDevice, useRelays } from './join.ts';
import { RunFolder } from './journal.ts';
import { relayNow } from './relays.ts';
import { passphraseOf, SyncClient } from './sync-client.ts';

/** Init, pair and several relays on every client, side by side; then all of them have to be in the same group. */
export const arrange = (deps: Deps): Steps['arrange'] =>
  async function arrange({ run, clients }) {
    await beating(async () => {
      const folder = new RunFolder(deps.stateDir, run);
      const relays = await Promise.all(Object.keys(deps.fleet.relays).map((name) => relayNow(deps, name)));
      const ids = relays.map(({ endpointId }) => endpointId);
      const passphrase = passphraseOf(deps, run);
      const groups = await Promise.all(
        clients.map(async (name) => {
          const startedAt = Date.now();
          const group = await join(new SyncClient(deps, run, name), ids, passphrase);
          folder.record({ kind: 'note', summary: `${name} joined the run's group`, ms: Date.now() - startedAt });
          return [name, group] as const;
        }),
      );
      const wrong = groupsDiffer(Object.fromEntries(groups));
      if (wrong) throw failure('GroundFailed', `${wrong.problem}; ${wrong.fix}`);
    });
  };

/** @returns the group id. */
async function join(client: SyncClient, relays: string[], passphrase: string): Promise<string> {
  await initDevice(client);
  const group = await pairDevice(client, relays[0] ?? '', passphrase);
  await useRelays(client, group, relays);
  return group.group_id;
}
