import type { Cell } from './axes.ts';
import { machinesFor, POSSIBLE } from './cells.ts';
import { cover } from './cover.ts';

/** Cells that found something, so that it is not lost again. */
const FOUND: Cell[] = [
  { fault: 'container kill', boundary: 'armed', death: 'frozen worker' },
  { fault: 'container kill', boundary: 'arming', death: 'terminated by hand' },
  { fault: 'partition both ways', boundary: 'armed', death: 'cancelled' },
];

/** The cells that `npm test` runs, natively: a cover of all that needs no netem. */
export const SAMPLE = [
  ...FOUND,
  ...cover(
    POSSIBLE.filter((cell) => machinesFor(cell) === 'containers'),
    37,
    5,
  ),
];
