import type { Progress } from './cache.ts';
import type { LabRecord } from './record.ts';
import type { MachineName } from './qemu-words.ts';
import { virtualMachines } from './vm.ts';

/** What is known before a lab has a folder: what its machines are made from. */
export type Prepared = Pick<LabRecord, 'kind' | 'why' | 'image' | 'template' | 'accelerator'>;

export interface MachineState {
  machine: MachineName;
  pid: number | null;
  residentBytes: number;
}

/** One way of running Beast and Guardian. */
export interface Machines {
  readonly kind: 'vm' | 'containers';
  /** Builds what is not in the cache yet. */
  prepare(progress: Progress): Promise<Prepared>;
  /** Both machines, ready for commands, with clock and environment set. */
  up(record: LabRecord): Promise<void>;
  /** Safe to repeat; also ends what an interrupted `up` left. */
  down(dir: string): Promise<void>;
  /** As if the plug was pulled. */
  powerCut(record: LabRecord, machine: MachineName): Promise<void>;
  /** The machine as it was when the lab came up. */
  powerOn(record: LabRecord, machine: MachineName): Promise<void>;
  state(dir: string): MachineState[];
}

/** Virtual machines are the way that needs nothing of this machine's kernel (netem) and no Docker engine. */
export function chooseMachines(): Machines {
  return virtualMachines;
}
