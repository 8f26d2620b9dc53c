import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { brakeText, parseBrake, refusedByBrake, type Brake } from '../contract/brake.ts';
import { privateFolder, replacePrivate } from '../hosts/private-file.ts';
import type { HealReply, Leases } from '../hosts/lease.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';

/** Whose brake: fleets may share a state folder. */
type Braked = Pick<Deps, 'stateDir'> & { fleet: Pick<Deps['fleet'], 'name'> };

const fileOf = ({ stateDir, fleet }: Braked): string => path.join(stateDir, 'brake', `${fleet.name}.json`);

/** The system's words for a file that is not there. */
const NOT_THERE = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'];

/** The brake of the fleet, as it stands on this machine. Undefined: it is off. A file that cannot be read brakes. */
export function brakeOn(braked: Braked): Brake | undefined {
  const file = fileOf(braked);
  try {
    return parseBrake(readFileSync(file, 'utf8'));
  } catch (error) {
    return NOT_THERE.includes((error as NodeJS.ErrnoException).code ?? '') ? undefined : parseBrake('');
  }
}

/** Outlives a loss of power. One that is on stays as it is. @returns the one that is on now */
export function pullBrake(braked: Braked, brake: Brake): Brake {
  const there = brakeOn(braked);
  if (there) return there;
  const file = fileOf(braked);
  privateFolder(path.dirname(file));
  replacePrivate(file, `${brakeText(brake)}\n`);
  return brake;
}

/** @returns whether it was on */
export function releaseBrake(braked: Braked): boolean {
  const was = brakeOn(braked) !== undefined;
  if (was) rmSync(fileOf(braked), { force: true, recursive: true });
  return was;
}

/** Asked at every door, and right before every inject. @throws Braked */
export function refuseWhenBraked(braked: Braked): void {
  const brake = brakeOn(braked);
  if (brake) throw failure('Braked', refusedByBrake(brake));
}

/** What the brake did to one machine. */
export interface BrakedMachine {
  /** Why it may still be broken; absent: it may not. */
  unbraked?: string;
  healed: HealReply[];
}

/** First nothing new is broken there, then all that stands is healed, whoever broke it. */
export async function brakeMachine(ledger: Leases, brake: Brake, by: 'hand' | 'sweep'): Promise<BrakedMachine> {
  const reply = await ledger.brake(brake);
  const healed = await ledger.heal('all', by);
  return reply.state === 'unbraked' ? { unbraked: reply.evidence, healed } : { healed };
}
