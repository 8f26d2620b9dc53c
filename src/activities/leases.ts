import type { Host } from '../hosts/host.ts';
import { leasesOn } from '../hosts/lease.ts';
import type { Leases } from '../hosts/lease.ts';
import type { Deps } from './deps.ts';

const known = new WeakMap<Host, Leases>();

/** The ledger of a machine, over the connection that is kept for heals; remembers that the machine has the script. */
export function ledgerOf({ fleet, hosts }: Deps, machine: string): Leases {
  const host = hosts.get(machine, 'heal');
  const found = known.get(host);
  if (found) return found;
  const socket = fleet.machines[machine]?.docker?.socket;
  const ledger = leasesOn(host, socket === undefined ? {} : { docker: ['docker', '-H', `unix://${socket}`] });
  known.set(host, ledger);
  return ledger;
}
