import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Accelerator } from './accelerator.ts';
import { LabError } from './error.ts';
import { labsFolder } from './paths.ts';
import type { LabPorts } from './ports.ts';

/** Where the machines of a lab stand, as they see each other. */
export interface LabAddresses {
  beast: string;
  guardian: string;
  /** This machine, by each way that it comes from; at the first it answers, with discovery and the second path. */
  q: [string, ...string[]];
}

/** What a lab remembers about itself, in `lab.json` of its folder. */
export interface LabRecord {
  name: string;
  dir: string;
  kind: 'vm' | 'containers';
  /** Why the machines run the way they do, for people. */
  why: string;
  image: string;
  template: string;
  /** Of virtual machines. */
  accelerator?: Accelerator;
  /** Of containers: the words after `docker` that name the engine, the name of their image there, and whether its kernel has netem. */
  engine?: { words: string[]; image: string; netem: boolean };
  addresses: LabAddresses;
  /** The product's time constants are divided by this: where processors are emulated, a relay that is only slow must not pass for dead. */
  timeDivisor: 1 | 5 | 10;
  /** Bugs planted in the stand-ins, in their own notation. */
  bugs: string;
  /** Whether relays are also found by the way through Q, beside the cable. */
  secondPath: boolean;
  ports: LabPorts;
}

export function labFolder(name: string): string {
  if (!/^[a-z0-9][a-z0-9_.-]{0,62}$/i.test(name)) {
    throw new LabError(`the lab's name \`${name}\` is not letters, digits, \`.\`, \`_\`, \`-\`, at most 63`, 2);
  }
  return join(labsFolder(), name);
}

export function readRecord(name: string): LabRecord | null {
  const file = join(labFolder(name), 'lab.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LabRecord) : null;
}

export function writeRecord(record: LabRecord): void {
  mkdirSync(record.dir, { recursive: true, mode: 0o700 });
  writeAtomically(join(record.dir, 'lab.json'), `${JSON.stringify(record, null, 2)}\n`);
}

/** Readers see the old content or the new one, never half of it. */
export function writeAtomically(file: string, content: string, mode = 0o600): void {
  const beside = `${file}.${process.pid}.new`;
  writeFileSync(beside, content, { mode });
  renameSync(beside, file);
}
