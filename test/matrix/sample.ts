import type { Cell } from './axes.ts';
import { machinesFor, POSSIBLE } from './cells.ts';
import { cover } from './cover.ts';

/** Cells that found something, so that it is not lost again. */
const FOUND: Cell[] = [
  { fault: 'container kill', boundary: 'armed', death: 'frozen worker' },
  { fault: 'container kill', boundary: 'arming', death: 'terminated by hand' },
  { fault: 'partition both ways', boundary: 'armed', death: 'cancelled' },
];

const on = (machines: 'vm' | 'containers') => POSSIBLE.filter((cell) => machinesFor(cell) === machines);

/** The cells that `npm test` runs: on each kind of machines a cover of what belongs there. */
export const SAMPLE = { containers: [...FOUND, ...cover(on('containers'), 33, 5)], vm: cover(on('vm'), 4, 5) };
