import type { FaultSpec } from '../../contract/fault-spec.ts';
import type { Argv } from '../../faults/argv.ts';
import { resolveTarget } from '../../fleet/select.ts';
import { rootExec } from '../../hosts/as-root.ts';
import type { ExecResult } from '../../hosts/host.ts';
import type { Deps } from '../deps.ts';
import { peerAddress } from '../peer-address.ts';
import { containerOf } from '../relays.ts';
import { deviceTowards } from '../resolve-machine.ts';
import { peersOf } from '../resolve-peers.ts';

type NetemSpec = FaultSpec & { kind: 'netem' };

/** Where traffic is sent from, and to which address: through what is disturbed. */
export interface Path {
  machine: string;
  address: string;
  /** Runs words there, as root. */
  run: (words: Argv) => Promise<ExecResult>;
}

/** From a machine or a container to its peer; into a container from its machine where no peer is named. */
export async function pathOf(deps: Deps, spec: NetemSpec): Promise<Path> {
  const target = resolveTarget(deps.fleet, spec.target);
  const { machine } = target;
  const run = (words: Argv) => rootExec(deps.hosts.get(machine), words, { timeoutMs: 120_000 });
  if (target.kind === 'machine') return { machine, address: await addressFor(deps, machine, spec), run };
  const { addresses, pid } = await containerOf(deps, spec.target, machine, target.service);
  if (spec.toward === undefined) return { machine, address: addresses[0] ?? '', run };
  const [address = ''] = (await peersOf(deps, [spec.toward], target)).addresses;
  return { machine, address, run: (words) => run(['nsenter', '-t', String(pid), '-n', ...words]) };
}

/** Of whoever is reached by the interface that is named, the relays' machines first; else of those, by whatever tunnel that is. */
async function addressFor(deps: Deps, machine: string, { toward, interface: named }: NetemSpec): Promise<string> {
  if (named === undefined || toward !== undefined) return peerAddress(deps, machine, toward);
  const { machines, relays } = deps.fleet;
  const relayed = Object.values(relays).map((relay) => relay.machine);
  const peers = [...new Set([...relayed, ...Object.keys(machines)])].filter(
    (name) => name !== machine && machines[name]?.addresses[0] !== undefined,
  );
  for (const peer of peers)
    if ((await deviceTowards(deps, machine, peer)) === named) return peerAddress(deps, machine, peer);
  return peerAddress(deps, machine, peers[0]);
}
