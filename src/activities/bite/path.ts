import type { FaultSpec } from '../../contract/fault-spec.ts';
import type { Argv } from '../../faults/argv.ts';
import { resolveTarget } from '../../fleet/select.ts';
import { rootExec } from '../../hosts/as-root.ts';
import type { ExecResult } from '../../hosts/host.ts';
import type { Deps } from '../deps.ts';
import { failure } from '../failures.ts';
import { containerOf } from '../relays.ts';
import { peersOf } from '../resolve-peers.ts';

/** Where traffic is sent from, and to which address: through what is disturbed. */
export interface Path {
  machine: string;
  address: string;
  /** Runs words there, as root. */
  run: (words: Argv) => Promise<ExecResult>;
}

/** From a machine or a container to its peer; into a container from its machine where no peer is named. */
export async function pathOf(deps: Deps, spec: FaultSpec & { kind: 'netem' }): Promise<Path> {
  const target = resolveTarget(deps.fleet, spec.target);
  const { machine } = target;
  const run = (words: Argv) => rootExec(deps.hosts.get(machine), words, { timeoutMs: 120_000 });
  if (target.kind === 'machine') return { machine, address: peerAddress(deps, machine, spec.toward), run };
  const { addresses, pid } = await containerOf(deps, spec.target, machine, target.service);
  if (spec.toward === undefined) return { machine, address: addresses[0] ?? '', run };
  const [address = ''] = (await peersOf(deps, [spec.toward], target)).addresses;
  return { machine, address, run: (words) => run(['nsenter', '-t', String(pid), '-n', ...words]) };
}

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
