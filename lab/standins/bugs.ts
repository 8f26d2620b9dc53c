import type { Bug } from './bugs/bug.ts';
import { CLIENT_BUGS } from './bugs/client-bugs.ts';
import { LEAKS } from './bugs/leaks.ts';
import { REAL_DEFECTS } from './bugs/real-defects.ts';
import { RELAY_BUGS } from './bugs/relay-bugs.ts';

const ALL = { ...REAL_DEFECTS, ...RELAY_BUGS, ...LEAKS, ...CLIENT_BUGS };

export type BugName = keyof typeof ALL;

/** Everything that can be planted, one at a time. `as-0.1.0` is all the real ones together. */
export const BUGS: Record<BugName, Bug> = ALL;

/** All real defects at once. */
export const AS_0_1_0 = 'as-0.1.0';

/** One entry of the list in the environment file: `no-failover`, or `relay-1:empty-logs` for one relay or machine. */
export interface Planted {
  name: BugName | typeof AS_0_1_0;
  /** Null: everybody. */
  at: string | null;
}

/**
 * Is `bug` planted here? `list` is BUGS of the environment file: names by commas, each for everybody or, as
 * `relay-1:NAME`, for one relay (or machine). An unknown name is an error: a bug nobody planted proves nothing.
 */
export function isPlanted(list: string, bug: BugName, here: string): boolean {
  return planted(list).some(
    ({ name, at }) => (at === null || at === here) && (name === bug || (name === AS_0_1_0 && BUGS[bug].real)),
  );
}

/** Is `bug` planted anywhere? For the half of a bug that lives in the other program. */
export function isPlantedSomewhere(list: string, bug: BugName): boolean {
  return planted(list).some(({ name }) => name === bug);
}

/** @throws on a name that is none. */
export function planted(list: string): Planted[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word) => {
      const colon = word.indexOf(':');
      const name = word.slice(colon + 1);
      if (!isBug(name)) {
        throw new Error(
          `No bug \`${name}\` in BUGS=\`${list}\` (known: ${[AS_0_1_0, ...Object.keys(BUGS)].join(', ')})`,
        );
      }
      return { name, at: colon < 0 ? null : word.slice(0, colon) };
    });
}

export function isBug(name: string): name is Planted['name'] {
  return name === AS_0_1_0 || Object.hasOwn(BUGS, name);
}
