import { container } from './container.ts';
import { netem } from './netem.ts';
import { partition } from './partition.ts';

/** Every fault there is, by kind. */
export const faults = { container, netem, partition };
