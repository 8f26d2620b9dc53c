import type { Progress } from './cache.ts';
import type { MachineName } from './qemu-words.ts';
import type { LabRecord } from './record.ts';

export type MachinesKind = LabRecord['kind'];

/** What is known of a lab's machines before they are started: what they are made from. */
export type Prepared = Pick<LabRecord, 'kind' | 'why' | 'image' | 'template' | 'addresses' | 'accelerator' | 'engine'>;

export interface MachineState {
  machine: MachineName;
  /** Of its QEMU, or of its first process as the Docker engine sees it; null: it is off. */
  pid: number | null;
  residentBytes: number;
}

/** One way of running Beast and Guardian, and the discovery service that they reach Q by. */
export interface Machines {
  /** Builds what is not in the cache yet; `dir` is the folder that the lab will have. */
  prepare(dir: string, progress: Progress): Promise<Prepared>;
  /** Discovery and both machines, ready for commands, with clock and environment set. */
  up(record: LabRecord): Promise<void>;
  /** Machines and discovery. Safe to repeat; also ends what an interrupted `up` left. */
  down(record: LabRecord): Promise<void>;
  /** As if the plug was pulled. */
  powerCut(record: LabRecord, machine: MachineName): Promise<void>;
  /** The machine as it was when the lab came up. */
  powerOn(record: LabRecord, machine: MachineName): Promise<void>;
  state(record: LabRecord): Promise<MachineState[]>;
  /** Process of the discovery service; null: it is not running. */
  discoveryPid(record: LabRecord): Promise<number | null>;
  /** Tells the running service of other ways to the relays. */
  tellDiscovery(record: LabRecord): Promise<void>;
}
