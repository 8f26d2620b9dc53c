import type { Client } from '@temporalio/client';
import type { Fleet } from '../fleet/schema.ts';
import type { Hosts } from '../hosts/host.ts';
import type { Measures } from './measures.ts';

/** What the activities act through; built once by the worker. */
export interface Deps {
  fleet: Fleet;
  /** The file it was read from: the list of known defects may stand beside it. */
  fleetFile?: string;
  hosts: Hosts;
  /** Asks which runs are alive, and speaks to the fleet's lock. */
  temporal: Client;
  /** Absolute folder of journals, artefacts and the worker's key. */
  stateDir: string;
  /** Absent: nobody asks for metrics. */
  measures?: Measures;
}
