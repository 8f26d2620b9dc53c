import { healsByLease, type FaultSpec } from '../../contract/fault-spec.ts';
import type { Bite, RunRef } from '../../contract/run.ts';
import type { Deps } from '../deps.ts';
import { measureContainer } from './container.ts';
import { measureControl } from './control.ts';
import { measureNetem } from './netem.ts';
import { measurePartition } from './partition.ts';
import type { Pulls } from './pulls.ts';

export type Numbers = NonNullable<Bite['before']>;

/** Measures one fault's effect from outside: before, while it stands, and after. */
export interface Gauge {
  /** Whose pulls it measures with: that client has to be in a group. */
  client?: string;
  /** The real pulls that would go through what is disturbed, where it is measured by other traffic. */
  way?: Pulls;
  before(): Promise<Numbers>;
  /** @returns the judgement on what stands now against what was before. */
  during(before: Numbers): Promise<Bite>;
  after(): Promise<Numbers>;
}

/** The gauge for a kind of fault: real traffic, real states, never the tool's own word. */
export function gaugeFor(deps: Deps, run: RunRef, spec: FaultSpec): Gauge {
  switch (spec.kind) {
    case 'container':
      return measureContainer(deps, spec);
    case 'netem':
      return measureNetem(deps, run, spec);
    case 'partition':
      return healsByLease(spec) ? measureControl(deps, spec.target) : measurePartition(deps, run, spec);
  }
}
