import { axisOf, type Cell, type Death } from './axes.ts';

/** Within what the machines are clean after a death: docs/SAFETY.md. `run`: as long as the run itself takes once it goes on. */
type Bound = 'at once' | 'hold' | 'lease' | 'run';

const BOUNDS: Record<Death, Bound> = {
  'worker killed': 'lease',
  'worker killed and back at once': 'run',
  'worker terminated': 'run',
  'server killed': 'run',
  'ssh reset': 'run',
  'black hole': 'lease',
  'power cut': 'run',
  'sshd killed': 'lease',
  'dockerd restarted': 'run',
  cancelled: 'at once',
  'terminated by hand': 'hold',
  'run timeout': 'hold',
  reset: 'run',
  'two workers': 'run',
  'frozen worker': 'run',
};

/** A connection that is cut counts as lost after 8 s, and only then is it tried whether the cut bites: much longer than that on a busy machine. */
const CUT_IS_SEEN = 40;

/** Where control is cut as well, only the lease gets to the fault. */
const boundOf = ({ fault, death }: Cell): Bound =>
  axisOf(fault).cutsControl && BOUNDS[death] !== 'run' ? 'lease' : BOUNDS[death];

/** Seconds. Where the run is to outlive the death its lease does too, also when the server gives tasks to a worker that is frozen. */
export function leaseFor({ fault, death }: Cell): number {
  if (BOUNDS[death] === 'lease') return 6;
  if (BOUNDS[death] !== 'run') return 30; // so that no lease comes first
  if (axisOf(fault).cutsControl) return CUT_IS_SEEN;
  return death === 'frozen worker' ? 45 : 20;
}

/** What a heal itself takes, and a signal to be noticed, in seconds. */
const AT_WORK = { containers: 3, vm: 20 };

/** Seconds; `look`: how long one look from outside takes now, which is how busy this machine is. */
export function boundFor(cell: Cell, kind: keyof typeof AT_WORK, look: number): number {
  const seconds = { 'at once': 0, hold: 3, lease: leaseFor(cell), run: 60 };
  return seconds[boundOf(cell)] + AT_WORK[kind] + 4 * look;
}
