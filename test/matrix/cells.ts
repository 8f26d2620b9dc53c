import { axisOf, BOUNDARY_NAMES, DEATH_NAMES, FAULT_NAMES } from './axes.ts';
import type { Boundary, Cell, FaultAxis } from './axes.ts';

/** Every combination, possible or not. */
export const ALL_CELLS: Cell[] = FAULT_NAMES.flatMap((fault) =>
  BOUNDARY_NAMES.flatMap((boundary) => DEATH_NAMES.map((death): Cell => ({ fault, boundary, death }))),
);

const RENEWALS: readonly Boundary[] = ['renewing', 'renewed'];
const BEFORE_THE_FAULT: readonly Boundary[] = ['arming', 'armed'];
const AT_THE_CONNECTION = ['ssh reset', 'black hole', 'sshd killed'];

/** Why there is no such moment; undefined: there is one. */
export function whyNot({ fault, boundary, death }: Cell): string | undefined {
  const { cutsControl, container }: FaultAxis = axisOf(fault);
  if (cutsControl && RENEWALS.includes(boundary)) return 'nobody reaches the machine to renew while its control is cut';
  if (fault === 'container restart' && boundary === 'renewed')
    return 'a restart is over by then: nothing of it is renewed';
  if (cutsControl && AT_THE_CONNECTION.includes(death) && !BEFORE_THE_FAULT.includes(boundary))
    return 'the fault has cut that connection itself';
  if (death === 'dockerd restarted' && !container) return 'Guardian has no Docker engine, and the fault needs none';
  return undefined;
}

export const POSSIBLE: Cell[] = ALL_CELLS.filter((cell) => whyNot(cell) === undefined);

/** Containers share this machine's kernel, which need not have netem. */
export const machinesFor = ({ fault }: Cell): 'vm' | 'containers' => (axisOf(fault).netem ? 'vm' : 'containers');

export interface Choice {
  /** Globs over names of faults. */
  only?: string[];
  deaths?: string[];
  boundaries?: string[];
}

/** The cells that some words choose. @throws RangeError for a word that chooses nothing. */
export function chosen(cells: Cell[], { only = [], deaths = [], boundaries = [] }: Choice): Cell[] {
  const fits = [
    among(only, FAULT_NAMES, 'fault'),
    among(boundaries, BOUNDARY_NAMES, 'boundary'),
    among(deaths, DEATH_NAMES, 'death'),
  ];
  return cells.filter((cell) => [cell.fault, cell.boundary, cell.death].every((name, n) => fits[n]?.includes(name)));
}

function among(globs: string[], names: readonly string[], what: string): readonly string[] {
  if (globs.length === 0) return names;
  const like = globs.map((glob) => ({ glob, found: names.filter((name) => patternOf(glob).test(name)) }));
  const stray = like.find(({ found }) => found.length === 0);
  if (stray) throw new RangeError(`no ${what} is like \`${stray.glob}\`; there are ${names.join(', ')}`);
  return like.flatMap(({ found }) => found);
}

const patternOf = (glob: string): RegExp =>
  new RegExp(`^${glob.replaceAll(/[^\w*]/g, (sign) => `\\${sign}`).replaceAll('*', '.*')}$`, 'i');
