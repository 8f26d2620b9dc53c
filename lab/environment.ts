import { join } from 'node:path';
import { Q_FROM_A_MACHINE } from './discovery.ts';
import { MACHINE_NAMES, type MachineName } from './qemu.ts';
import { writeAtomically, type LabRecord } from './record.ts';
import { sshTarget } from './fleet-file.ts';
import { mustAsRoot, onceReachable } from './ssh.ts';

/** What the stand-ins of a machine read, anew each time they need it: in a machine /run/lab/env, on Q `env` in the lab's folder. */
export function environmentFor(record: LabRecord, machine: MachineName | 'q'): string {
  const discovery = machine === 'q' ? '127.0.0.1' : Q_FROM_A_MACHINE;
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

/** /run/lab is bound into the containers: the folder, because a bound file would stay the old one after the rename. */
const STORE = 'mkdir -p /run/lab; cat >/run/lab/.env; mv /run/lab/.env /run/lab/env';

/** Sends what has changed to every machine. */
export async function spreadEnvironment(record: LabRecord): Promise<void> {
  writeOwnEnvironment(record);
  await Promise.all(
    MACHINE_NAMES.map((machine) =>
      mustAsRoot(sshTarget(record, machine), STORE, { stdin: environmentFor(record, machine) }),
    ),
  );
}

/** A restored machine thinks it is the day it was saved. The time is taken when the machine is ready to hear it. */
export async function wake(record: LabRecord, machine: MachineName): Promise<void> {
  const script = `echo ready; read -r now; date -s "@$now" >/dev/null; ${STORE}`;
  const answer = { awaitLine: 'ready', with: () => `${Date.now() / 1000}\n${environmentFor(record, machine)}` };
  await onceReachable({ dir: record.dir, target: sshTarget(record, machine) }, script, 120_000, { answer });
}
