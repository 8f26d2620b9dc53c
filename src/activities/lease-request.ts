import { describeFault } from '../contract/describe-fault.ts';
import { ownerOf } from '../contract/run.ts';
import type { FaultAsk } from '../contract/steps.ts';
import { resourcesOf } from '../fleet/select.ts';
import type { ArmRequest } from '../hosts/lease.ts';
import type { Deps } from './deps.ts';
import { faultOf, type Resolved } from './resolve.ts';

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
