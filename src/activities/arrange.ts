import { setTimeout as pause } from 'node:timers/promises';
import type { Finding } from '../contract/run.ts';
import type { Steps } from '../contract/steps.ts';
import { groupsDiffer, reachProblem } from '../zerok/ground.ts';
import { withKeyOf } from '../zerok/group-file.ts';
import type { Group } from '../zerok/group-file.ts';
import { follow, pulledFromEach } from './alone.ts';
import { beginAttempt } from './attempts.ts';
import { stopwatch } from './clock.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { beating } from './heartbeat.ts';
import { initDevice, pairDevice } from './join.ts';
import { RunFolder } from './journal.ts';
import { MessageBook } from './message-book.ts';
import { noteGiven, relaysNow } from './reconfigure.ts';
import { passphraseOf } from './passphrase.ts';
import { pushAll } from './push.ts';
import { deviceNameOf, SyncClient } from './sync-client.ts';
import { takeVitals } from './vitals.ts';

/** A relay may have a moment's trouble, and another run its last one. */
const AGAIN_MS = 1_000;

/** Init, pair and several relays on every client, side by side; one group, and every relay is reached by every client. */
export const arrange = (deps: Deps): Steps['arrange'] =>
  async function arrange({ run, clients, first }) {
    return beating(async (signal) => {
      const folder = new RunFolder(deps.stateDir, run);
      const isLast = beginAttempt(folder);
      const [relays] = await Promise.all([relaysNow(deps), takeVitals(deps, folder)]);
      const passphrase = passphraseOf(deps, run);
      const parties = clients.map((name) => new SyncClient(deps, run, name));
      const groups = await Promise.all(
        parties.map(async (client) => {
          await initDevice(client, deviceNameOf(run, client.name));
          return pairDevice(client, relays[0]?.endpointId ?? '', passphrase);
        }),
      );
      const differing = differences(parties, groups);
      await Promise.all(
        parties.map(async (client, n) => {
          const clock = stopwatch();
          const group = groups[n] as Group;
          // Where one passphrase gave several groups, all get the first client's: as a person would repair it.
          await follow(client, differing.length === 0 ? group : withKeyOf(group, groups[0] as Group), relays);
          await reachesAll(deps, client, signal);
          folder.record({
            kind: 'note',
            summary: `${client.name} reaches every relay`,
            ms: Math.round(clock() * 1000),
          });
        }),
      );
      noteGiven(folder, relays);
      const [sender] = parties;
      if (first === undefined || sender === undefined) return { findings: differing };
      const pushed = await pushAll(new MessageBook(folder, run), sender, [first], { signal, isLast });
      return { findings: differing, first: pushed };
    });
  };

function differences(clients: SyncClient[], groups: Group[]): Finding[] {
  const ids = Object.fromEntries(clients.map(({ name }, n) => [name, groups[n]?.group_id ?? '']));
  const wrong = groupsDiffer(ids);
  if (!wrong) return [];
  const message = `${wrong.problem}; the run went on with one client's key in all of them`;
  return [{ id: 'groups-differ', message, count: new Set(Object.values(ids)).size }];
}

/** A relay that says it is healthy may still not be there for clients. @throws GroundFailed */
async function reachesAll(deps: Deps, client: SyncClient, signal: AbortSignal): Promise<void> {
  const clock = stopwatch();
  for (;;) {
    const read = await pulledFromEach(client, Object.keys(deps.fleet.relays), signal);
    const [wrong] = [...read].flatMap(([relay, [page]]) => (page && reachProblem(client.name, relay, page)) ?? []);
    if (!wrong) return;
    if (clock() > deps.fleet.times.deliverSeconds) throw failure('GroundFailed', `${wrong.problem}; ${wrong.fix}`);
    await pause(AGAIN_MS, undefined, { signal });
  }
}
