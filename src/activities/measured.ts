import type { Numbers } from './bite/index.ts';
import type { RunFolder } from './journal.ts';
import type { Resolved } from './resolve.ts';

/**
 * What an earlier attempt measured is kept: measured again, it could be the fault itself. Of two attempts, one of which was frozen, the one
 * that is done first counts.
 */
export async function remembered<T extends Numbers | Resolved>(
  folder: RunFolder,
  what: string,
  measure: () => Promise<T>,
): Promise<T> {
  const value = kept<T>(folder, what) ?? (await measure());
  const first = kept<T>(folder, what);
  if (first !== undefined) return first;
  folder.record({ kind: 'measured', summary: what, data: { what, value } });
  return value;
}

const kept = <T>(folder: RunFolder, what: string): T | undefined =>
  folder.events().find(({ kind, data }) => kind === 'measured' && data?.['what'] === what)?.data?.['value'] as
    | T
    | undefined;

/** What was found on the machine for the fault, of whatever incarnation it is; undefined: nobody knows any more. */
export const resolvedFor = (folder: RunFolder, id: string): Resolved | undefined =>
  kept<Resolved>(folder, resolvedName(id));
export const resolvedName = (id: string): string => `${id} resolved`;

/** What was measured before the fault was injected; undefined: nobody knows any more. */
export const measuredBefore = (folder: RunFolder, id: string): Numbers | undefined => kept<Numbers>(folder, id);
