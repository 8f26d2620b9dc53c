import { LabError } from './error.ts';
import { MACHINE_NAMES } from './qemu-words.ts';
import { AS_0_1_0, type BugName, BUGS, planted, type Planted } from './standins/bugs.ts';

const RELAYS = ['relay-1', 'relay-2', 'relay-3'];
const CLIENTS = ['q', ...MACHINE_NAMES];

/**
 * Whom a bug is planted in. `where` is a relay, the machine of a client, or `relays`, `client` or nothing for all of them.
 * @throws LabError where the bug does not live there: it would be planted and never seen.
 */
export function aimed(name: Planted['name'], where: string | undefined): Planted {
  if (where === undefined) return { name, at: null };
  const lives = name === AS_0_1_0 ? 'both' : BUGS[name].in;
  const inRelay = lives !== 'client' ? ['relays', ...RELAYS] : [];
  const inClient = lives !== 'relay' ? ['client', ...(lives === 'client' ? CLIENTS : [])] : [];
  const places = [...inRelay, ...inClient];
  if (!places.includes(where)) {
    throw new LabError(
      `the bug \`${name}\` cannot be planted in \`${where}\`: it lives in ${places.map((place) => `\`${place}\``).join(', ')}`,
      2,
    );
  }
  return { name, at: where === 'relays' || where === 'client' ? null : where };
}

/** The list with the bug in it, once. */
export function withBug(list: string, bug: Planted): string {
  const others = planted(list).filter(({ name, at }) => name !== bug.name || (at !== bug.at && bug.at !== null));
  return listOf([...others, bug]);
}

/** Splits the list into what is taken out and what stays. `name` null: everything is taken out. */
export function withoutBug(list: string, name: Planted['name'] | null): { mended: Planted[]; left: string } {
  const isMended = (bug: Planted): boolean => name === null || bug.name === name;
  const all = planted(list);
  return { mended: all.filter(isMended), left: listOf(all.filter((bug) => !isMended(bug))) };
}

/** Relays that may have ended of these bugs, by their number from 0. */
export function endedRelays(mended: Planted[]): number[] {
  const ends = mended.filter(({ name }) => name !== AS_0_1_0 && BUGS[name].endsRelay === true);
  return RELAYS.flatMap((relay, index) => (ends.some(({ at }) => at === null || at === relay) ? [index] : []));
}

export function isPlantedIn(list: string, name: BugName): Planted[] {
  return planted(list).filter((bug) => bug.name === name || (bug.name === AS_0_1_0 && BUGS[name].real));
}

function listOf(bugs: Planted[]): string {
  return bugs.map(({ name, at }) => (at === null ? name : `${at}:${name}`)).join(',');
}
