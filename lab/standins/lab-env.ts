import { readFileSync } from 'node:fs';
import { type BugName, isPlanted, isPlantedSomewhere } from './bugs.ts';

/** What a stand-in knows of the lab around it. */
export interface LabEnv {
  /** host:port of the discovery service. */
  discovery: string;
  times: Times;
  hasBug(bug: BugName): boolean;
  hasBugSomewhere(bug: BugName): boolean;
}

/** The product's time constants in ms, divided by TIME_DIVISOR. Retransmission follows the network and is not divided. */
export interface Times {
  /** One dead relay. */
  connectMs: number;
  /** Silence of a relay in a fan-out. */
  fanOutMs: number;
  /** All of a fan-out, not divided: a relay that is slow, as on an emulated machine, is not a dead one. */
  longestFanOutMs: number;
  /** A connection from which nothing comes any more (QUIC's idle timeout). */
  idleMs: number;
  /** SQLite's busy timeout. */
  busyMs: number;
  /** What the bug `answers-slowly` waits for. */
  slowMs: number;
  /** What the bug `repeats-push` waits for. */
  impatientMs: number;
}

const DEFAULT_FILE = '/run/lab/env';

export function labEnvFile(): string {
  return process.env['ZEROK_LAB_ENV'] ?? DEFAULT_FILE;
}

/** Reads the environment file anew: DISCOVERY, TIME_DIVISOR and BUGS may change while a relay runs. `here` is who asks. */
export function labEnv(here = ''): LabEnv {
  const values = readEnvFile(labEnvFile());
  const divisor = Number(values['TIME_DIVISOR'] ?? '10');
  if (!(divisor > 0)) throw new Error(`TIME_DIVISOR=\`${values['TIME_DIVISOR']}\` is not a positive number`);
  const bugs = values['BUGS'] ?? '';
  const name = here === '' ? (values['MACHINE'] ?? '') : here;
  return {
    discovery: values['DISCOVERY'] ?? '10.0.2.2:8053',
    times: timesFor(divisor),
    hasBug: (bug) => isPlanted(bugs, bug, name),
    hasBugSomewhere: (bug) => isPlantedSomewhere(bugs, bug),
  };
}

function timesFor(divisor: number): Times {
  return {
    connectMs: 30_000 / divisor,
    fanOutMs: 10_000 / divisor,
    longestFanOutMs: 10_000,
    idleMs: 30_000 / divisor,
    busyMs: 5_000 / divisor,
    slowMs: 60_000 / divisor,
    impatientMs: 1_500 / divisor,
  };
}

/** A missing file is an empty one: outside a lab the programs start, and find nobody. */
function readEnvFile(path: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of readIfThere(path).split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0 && !line.startsWith('#')) values[line.slice(0, equals).trim()] = line.slice(equals + 1).trim();
  }
  return values;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
