import type { Cell, Death } from './axes.ts';
import { machinesFor, POSSIBLE } from './cells.ts';
import { cover } from './cover.ts';

/** Cells that found something, so that it is not lost again. */
const FOUND: Cell[] = [
  { fault: 'container kill', boundary: 'armed', death: 'frozen worker' },
  { fault: 'container kill', boundary: 'arming', death: 'terminated by hand' },
  { fault: 'partition both ways', boundary: 'armed', death: 'cancelled' },
  { fault: 'partition of a container', boundary: 'healing', death: 'power cut' },
];

/** One of each kind of netem, which needs virtual machines: a minute each. */
const BY_NETEM: Cell[] = [
  { fault: 'netem on a machine', boundary: 'injected', death: 'worker killed and back at once' },
  { fault: 'netem on a peer', boundary: 'renewing', death: 'worker terminated' },
  { fault: 'netem in a container', boundary: 'healing', death: 'two workers' },
  { fault: 'netem ingress', boundary: 'probed', death: 'cancelled' },
];

/** The cells that `npm test` runs: a cover of all that needs no netem, on containers, and those with it. */
export const SAMPLE = [
  ...FOUND,
  ...cover(
    POSSIBLE.filter((cell) => machinesFor(cell) === 'containers'),
    32,
    5,
  ),
  ...BY_NETEM,
];

const ON_MACHINES: Death[] = ['ssh reset', 'black hole', 'power cut', 'sshd killed', 'dockerd restarted'];
const BY_ORDER: Death[] = ['cancelled', 'terminated by hand', 'run timeout', 'reset'];

/** A part of them: those with netem, and all others by what dies. Each runs on a lab of its own. */
export const sampleOf = (part: 'programs' | 'machines' | 'orders' | 'netem'): Cell[] =>
  SAMPLE.filter((cell) => {
    const { death } = cell;
    if (machinesFor(cell) === 'vm') return part === 'netem';
    const is = BY_ORDER.includes(death) ? 'orders' : ON_MACHINES.includes(death) ? 'machines' : 'programs';
    return is === part;
  });
