import type { Group } from '../../zerok/group-file.ts';
import { groupsDiffer } from '../../zerok/ground.ts';
import { initDevice, pairDevice, readGroup, useRelays } from '../join.ts';
import { passphraseOf } from '../passphrase.ts';
import { NotSo } from './check.ts';
import { program } from './client.ts';
import { SEE, type Observation } from './observation.ts';
import type { Scratch } from './scratch.ts';

/** The clients of a fleet by their parts in the guide. */
export type Part = 'home' | 'edge' | 'contained';
const PARTS: Part[] = ['home', 'contained', 'edge'];

/** The program of a client, found to be of the version we know. @throws NotSo with the way to a right one */
export const runnable = (scratch: Scratch, part: Part): Promise<Observation[]> =>
  scratch.once(`program ${part}`, async () => {
    const found = await program(scratch.deps, scratch.playing(part));
    const wrong = found.find(({ state }) => state === 'fail');
    if (wrong) throw new NotSo(wrong.what, wrong.fix ?? SEE);
    return found;
  });

/** Steps of making a sync group of the ground's own, each done once, however many checks stand on it. */

export const initialised = (scratch: Scratch, part: Part): Promise<void> =>
  scratch.once(`init ${part}`, async () => {
    await runnable(scratch, part);
    const client = scratch.client(part);
    await scratch.leaving('client', client.name, () => initDevice(client));
  });

export const paired = (scratch: Scratch, part: Part): Promise<Group> =>
  scratch.once(`pair ${part}`, async () => {
    const [[relay]] = await Promise.all([scratch.relays(), initialised(scratch, part)]);
    return pairDevice(scratch.client(part), relay?.endpointId ?? '', passphraseOf(scratch.deps, scratch.run));
  });

/** Over all relays; as read back from the client. */
export const configured = (scratch: Scratch, part: Part): Promise<Group> =>
  scratch.once(`configure ${part}`, async () => {
    const group = await paired(scratch, part);
    const ids = (await scratch.relays()).map(({ endpointId }) => endpointId);
    await useRelays(scratch.client(part), group, ids);
    return readGroup(scratch.client(part));
  });

/** All clients over all relays, in one group. @throws NotSo with the repair, where the passphrase gave different groups */
export const inOneGroup = (scratch: Scratch): Promise<Record<string, Group>> =>
  scratch.once('one group', async () => {
    const groups = await Promise.all(
      PARTS.map(async (part) => [scratch.playing(part), await configured(scratch, part)] as const),
    );
    const ids = groups.map(([name, { group_id }]) => [name, group_id]);
    const wrong = groupsDiffer(Object.fromEntries(ids) as Record<string, string>);
    if (wrong) throw new NotSo(wrong.problem, wrong.fix);
    return Object.fromEntries(groups);
  });
