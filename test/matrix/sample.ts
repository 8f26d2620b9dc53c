import type { Cell, Death } from './axes.ts';
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

const ON_MACHINES: Death[] = ['ssh reset', 'black hole', 'power cut', 'sshd killed', 'dockerd restarted'];
const BY_ORDER: Death[] = ['cancelled', 'terminated by hand', 'run timeout', 'reset'];

/** A third of them, by what dies: each runs on a lab of its own. */
export const sampleOf = (part: 'programs' | 'machines' | 'orders'): Cell[] =>
  SAMPLE.filter(({ death }) => {
    const is = BY_ORDER.includes(death) ? 'orders' : ON_MACHINES.includes(death) ? 'machines' : 'programs';
    return is === part;
  });
