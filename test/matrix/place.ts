import { axisOf } from './axes.ts';
import type { Cell } from './axes.ts';
import type { WorkerGate } from './names.ts';

/** Where a cell stops: at a gate of the worker, at a seam of lease.sh on the machine, or as soon as the fault stands. */
export type Place = { at: 'worker'; gate: WorkerGate } | { at: 'machine'; seam: string } | { at: 'body' };

export function placeOf({ fault, boundary }: Cell): Place {
  if (boundary === 'arming') return { at: 'worker', gate: 'arm' };
  // A container may take its time to go down, so the machine does not probe it: the worker's measurement does.
  if (boundary === 'probed' && fault.startsWith('container ')) return { at: 'worker', gate: 'inject done' };
  return boundary === 'holding' ? { at: 'body' } : { at: 'machine', seam: boundary };
}

/** Its gate is closed once the fault stands, and no sooner: an inject that fails heals as well. */
export const isAfterInject = ({ boundary }: Cell): boolean =>
  !['arming', 'armed', 'injected', 'probed'].includes(boundary);

/** The body is told to go on so that the boundary is reached. */
export const isInHeal = ({ fault, boundary }: Cell): boolean =>
  ['healing', 'healed', 'verified', 'released'].includes(boundary) && axisOf(fault).cutsControl !== true;
