import { machinesFor, POSSIBLE } from './cells.ts';
import { cover } from './cover.ts';

const on = (machines: 'vm' | 'containers') => POSSIBLE.filter((cell) => machinesFor(cell) === machines);

/** The cells that `npm test` runs: on each kind of machines a cover of what belongs there. */
export const SAMPLE = { containers: cover(on('containers'), 36, 5), vm: cover(on('vm'), 6, 5) };
