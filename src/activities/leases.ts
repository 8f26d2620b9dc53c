import type { Host } from '../hosts/host.ts';
import { leasesOn } from '../hosts/lease.ts';
import type { ArmRequest, Leases } from '../hosts/lease.ts';
import { describeFault } from '../contract/describe-fault.ts';
import { ownerOf } from '../contract/run.ts';
import type { FaultAsk } from '../contract/steps.ts';
import { resourcesOf } from '../fleet/select.ts';
import type { Deps } from './deps.ts';
import { faultOf, type Resolved } from './resolve.ts';

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

/** One fault of a run, as its machine is told it. */
export const leaseRequest = (
  { fleet }: Deps,
  { run, id, spec, leaseSeconds, token }: FaultAsk,
  resolved: Resolved,
): ArmRequest<unknown> => ({
  fault: faultOf(resolved),
  params: resolved.params,
  id,
  owner: ownerOf(run),
  target: spec.target,
  summary: describeFault(spec),
  ttlSeconds: leaseSeconds,
  ...(token !== undefined && { fence: { token, resources: resourcesOf(fleet, spec) } }),
});
