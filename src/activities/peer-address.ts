import { resolveTarget } from '../fleet/select.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';

/** The address of `toward`, or of any other machine that has one. @throws BadInput */
export function peerAddress(deps: Deps, machine: string, toward: string | undefined): string {
  const peers = toward === undefined ? Object.keys(deps.fleet.machines).filter((name) => name !== machine) : [toward];
  const machines = peers.map((name) => deps.fleet.machines[resolveTarget(deps.fleet, name).machine]);
  const address = machines.flatMap((peer) => peer?.addresses ?? [])[0];
  if (address !== undefined) return address;
  throw failure(
    'BadInput',
    `No address of ${peers.join(', ')} is known: give \`addresses\` to that machine in the fleet file.`,
  );
}
