import type { Numbers } from './bite/index.ts';
import type { RunFolder } from './journal.ts';

/** What was measured before the fault was injected; undefined: nobody knows any more. */
export const measuredBefore = (folder: RunFolder, id: string): Numbers | undefined =>
  folder.events().findLast(({ kind, data }) => kind === 'measured' && data?.['what'] === id)?.data?.['value'] as
    | Numbers
    | undefined;
