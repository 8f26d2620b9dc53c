import { join } from 'node:path';
import type { MachineName } from './qemu-words.ts';
import { writeAtomically, type LabRecord } from './record.ts';
import { sshTarget } from './fleet-file.ts';
import { mustAsRoot } from './ssh.ts';
import { isPlanted } from './standins/bugs.ts';
import { LabError } from './error.ts';
import { onceAwake } from './vm-awake.ts';

/** What the stand-ins of a machine read, anew each time they need it: in a machine /run/lab/env, on Q `env` in the lab's folder. */
export function environmentFor(record: LabRecord, machine: MachineName | 'q'): string {
  const discovery = machine === 'q' ? '127.0.0.1' : record.addresses.q[0];
  const values = {
    DISCOVERY: `${discovery}:${record.ports.discovery}`,
    TIME_DIVISOR: record.timeDivisor,
    BUGS: record.bugs,
    MACHINE: machine,
  };
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

export function writeOwnEnvironment(record: LabRecord): void {
  writeAtomically(join(record.dir, 'env'), environmentFor(record, 'q'));
}

/**
 * /run/lab is bound into the containers: the folder, because a bound file would stay the old one after the rename. The other copy is what
 * a boot finds.
 */
const STORE =
  'mkdir -p /run/lab; cat >/run/lab/.env; cp /run/lab/.env /etc/lab-env; sync /etc/lab-env; mv /run/lab/.env /run/lab/env';

/** Sends what has changed to the machines that run; one that is off gets it when it is started. */
export async function spreadEnvironment(record: LabRecord, running: MachineName[]): Promise<void> {
  writeOwnEnvironment(record);
  await Promise.all(
    running.map((machine) => mustAsRoot(sshTarget(record, machine), STORE, { stdin: environmentFor(record, machine) })),
  );
}

/** A restored machine thinks it is the day it was saved. The time is taken when the machine is ready to hear it. */
export async function wake(record: LabRecord, machine: MachineName): Promise<void> {
  const script = `echo ready; read -r now; date -s "@$now" >/dev/null; ${STORE}`;
  const answer = { awaitLine: 'ready', with: () => `${Date.now() / 1000}\n${environmentFor(record, machine)}` };
  await onceAwake({ ...record, machine }, script, 120_000, { answer });
}

/** @throws LabError where `bugs` names one that does not exist: a bug that nobody planted proves nothing. */
export function checkBugs(bugs: string): string {
  try {
    isPlanted(bugs, 'empty-logs', '');
  } catch (error) {
    throw new LabError((error as Error).message, 2);
  }
  return bugs;
}
