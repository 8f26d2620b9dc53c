import { describeBrake, parseBrake, RELEASE } from '../../contract/brake.ts';
import { describeFault } from '../../contract/describe-fault.ts';
import type { FaultSpec } from '../../contract/fault-spec.ts';
import type { Bite } from '../../contract/run.ts';
import { ownerOf } from '../../contract/run.ts';
import { resolveTarget } from '../../fleet/select.ts';
import type { ArmReply, HealReply, Leases } from '../../hosts/lease.ts';
import type { Gauge, Numbers } from '../bite/index.ts';
import { boundedLease } from '../door.ts';
import { guarded } from '../guards.ts';
import { ledgerOf } from '../leases.ts';
import { faultOf, resolveFault } from '../resolve.ts';
import { NotSo } from './check.ts';
import type { Scratch } from './scratch.ts';

const LEASE_SECONDS = 60;
const RENEW_MS = 15_000;

export interface Disturbed {
  bite: Bite;
  before: Numbers;
  after: Numbers;
  healed: HealReply | undefined;
}

/** Breaks for as long as it takes to measure, under a lease, and heals. @throws NotSo where it is not free to be broken */
export async function disturb(scratch: Scratch, spec: FaultSpec, gauge: Gauge): Promise<Disturbed> {
  const { deps } = scratch;
  const before = await gauge.before();
  const { machine } = resolveTarget(deps.fleet, spec.target);
  const id = scratch.faultId();
  const resolved = await resolveFault(deps, id, spec);
  const ledger = ledgerOf(deps, machine);
  await refuseOthers(ledger, machine);
  const owner = ownerOf(scratch.run);
  const ttlSeconds = boundedLease(deps.fleet, LEASE_SECONDS);
  const named = { id, owner, target: spec.target, summary: describeFault(spec), ttlSeconds };
  const request = { fault: faultOf(resolved), params: resolved.params, ...named };
  const arm = () => scratch.leaving('leases', machine, () => ledger.arm(request));
  const reply = await guarded(deps, { id, spec, resolved, leaseSeconds: ttlSeconds }, arm);
  const renewing = setInterval(() => void ledger.renew(owner, ttlSeconds).catch(() => undefined), RENEW_MS);
  let bite: Bite;
  let healed: HealReply | undefined;
  try {
    if (reply.state !== 'armed') throw notArmed(spec, machine, reply);
    bite = await gauge.during(before);
  } finally {
    clearInterval(renewing);
    [healed] = await ledger.heal({ ids: [id] }, 'hand');
  }
  return { bite, before, healed, after: await gauge.after() };
}

/** A fault of a run that is under way would be mixed with ours, and ours with it. */
async function refuseOthers(ledger: Leases, machine: string): Promise<void> {
  for (const entry of await ledger.list()) {
    if (entry.state !== 'leased' || entry.lease.owner.startsWith('ground/')) continue;
    const what = `${machine} carries \`${entry.lease.summary}\` of ${entry.lease.owner}`;
    throw new NotSo(`${what}: nothing else is broken there meanwhile`, 'wait for it, or end it: `0k-chaos heal --all`');
  }
}

function notArmed(spec: FaultSpec, machine: string, reply: ArmReply): NotSo {
  if (reply.state === 'braked')
    return new NotSo(`${machine}: ${describeBrake(parseBrake(reply.evidence))}`, `\`${RELEASE}\``);
  const evidence = 'evidence' in reply ? `: ${reply.evidence.trim()}` : '';
  const what = `${describeFault(spec)} could not be put in place on ${machine} (${reply.state})${evidence}`;
  const fix =
    reply.state === 'busy'
      ? 'see `0k-chaos faults`'
      : 'see `0k-chaos doctor`, which names what is missing or in the way';
  return new NotSo(what, fix);
}
