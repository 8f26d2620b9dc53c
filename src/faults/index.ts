import { container } from './container.ts';
import { partition } from './partition.ts';

/** Every fault there is, by kind. */
export const faults = { container, partition };
