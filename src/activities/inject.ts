import { Context } from '@temporalio/activity';
import { parseBrake, refusedByBrake } from '../contract/brake.ts';
import { describeFault } from '../contract/describe-fault.ts';
import { healsByLease, type FaultSpec } from '../contract/fault-spec.ts';
import { ownerOf, type Bite } from '../contract/run.ts';
import type { FaultAsk, Injected, Steps } from '../contract/steps.ts';
import { resolveTarget } from '../fleet/select.ts';
import { HostError } from '../hosts/host.ts';
import type { ArmReply } from '../hosts/lease.ts';
import { gaugeFor } from './bite/index.ts';
import { refuseWhenBraked } from './brake.ts';
import { recreate } from './compose.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { kernelLacks } from './ground/machine.ts';
import { guarded } from './guards.ts';
import { beating } from './heartbeat.ts';
import { RunFolder } from './journal.ts';
import { leaseRequest } from './lease-request.ts';
import { ledgerOf } from './leases.ts';
import { remembered, resolvedName } from './measured.ts';
import { stateOf } from './owners.ts';
import { resolveFault } from './resolve.ts';
import type { Resolved } from './resolve.ts';
import { leasesOf, wayRound } from './trial.ts';

/** Measures, arms the lease, breaks, measures again. Safe to repeat: the lease's id is the fault's, and it breaks once. */
export const inject = (deps: Deps): Steps['inject'] =>
  async function inject(ask) {
    // What was asked for before a reset is nobody's any more: the run has another id since, and heals by that.
    if (Context.current().info.workflowExecution?.runId !== ask.run.runId)
      throw failure('InjectFailed', 'the run was reset while it was to inject this: nothing was broken');
    return beating(() => injectNow(deps, ask, { aborted, broken: () => onlyForTheLiving(deps, ask) }));
  };

/** A run may have ended while its fault was on the way: its hold has looked for it before it was there, so it ends here. */
async function onlyForTheLiving(deps: Deps, { run, id, spec }: FaultAsk): Promise<void> {
  const state = await stateOf(deps.temporal, ownerOf(run)).catch(() => 'unknown');
  if (state !== 'ended') return;
  await ledgerOf(deps, resolveTarget(deps.fleet, spec.target).machine).heal({ ids: leasesOf({ id, spec }) }, 'hold');
  throw failure('InjectFailed', `The run ended before ${describeFault(spec)} stood: it is healed again.`);
}

interface During {
  /** Rejects when nobody waits for the measurement any more: a cancelled run heals at once, and measuring takes seconds. */
  aborted?: () => Promise<never>;
  /** The fault, or its trial, stands, and is not measured yet. */
  broken?: () => Promise<void>;
}

/** Outside of an activity too. */
export async function injectNow(deps: Deps, ask: FaultAsk, { aborted, broken }: During = {}): Promise<Injected> {
  const { run, spec, id } = ask;
  refuseWhenBraked(deps);
  const folder = new RunFolder(deps.stateDir, run);
  const gauge = gaugeFor(deps, run, spec);
  const before = await remembered(folder, id, () => gauge.before());
  const unlessAborted = <T>(work: Promise<T>) => Promise.race([work, ...(aborted ? [aborted()] : [])]);
  const resolved = await resolvedOnce(deps, folder, ask);
  const around = await wayRound(deps, ask, gauge.way, async (trial, pull) => {
    await breakIt(deps, trial, await resolvedOnce(deps, folder, trial));
    await broken?.();
    return unlessAborted(pull());
  });
  const startedAt = Date.now();
  await breakIt(deps, ask, resolved);
  deps.measures?.broken(resolved.machine, id);
  const injectedAt = new Date().toISOString();
  const summary = describeFault(spec);
  const { machine, params } = resolved;
  folder.record({ kind: 'fault', machine, summary, ms: Date.now() - startedAt, data: { id, params } });
  await broken?.();
  const seen = await unlessAborted(gauge.during(before));
  const bite = inTime({ ...seen, ...around }, ask, Date.now() - startedAt);
  folder.record({ kind: 'check', machine, summary: `bite of ${summary}: ${bite.how}`, data: { id, ...bite } });
  return { injectedAt, bite };
}

const resolvedOnce = (deps: Deps, folder: RunFolder, { id, spec }: FaultAsk): Promise<Resolved> =>
  remembered(folder, resolvedName(id), () => resolveFault(deps, id, spec));

/** Where control is cut too, nobody sees anything until the attempts to get there have timed out; a lease may be over by then. */
export const inTime = (bite: Bite, { spec, leaseSeconds }: Pick<FaultAsk, 'spec' | 'leaseSeconds'>, ms: number): Bite =>
  bite.bit || !healsByLease(spec) || ms < leaseSeconds * 1000
    ? bite
    : { ...bite, how: `${bite.how}; its lease of ${leaseSeconds} s was over before anybody could look: it needs 30 s` };

/** The end of a worker is no end of the run. */
async function aborted(): Promise<never> {
  const context = Context.current();
  return context.cancelled.catch((error: unknown) =>
    context.cancellationDetails?.cancelRequested === true ? Promise.reject(error) : new Promise<never>(() => undefined),
  );
}

async function breakIt(deps: Deps, ask: FaultAsk, resolved: Resolved): Promise<void> {
  const { id, spec, leaseSeconds } = ask;
  const { machine, params } = resolved;
  const request = leaseRequest(deps, ask, resolved);
  const arm = () =>
    ledgerOf(deps, machine)
      .arm(request)
      .catch((error: unknown) => cutOffItself(spec, error));
  const reply = await guarded(deps, { id, spec, resolved, leaseSeconds }, arm);
  if (reply === undefined) return;
  if (reply.state !== 'armed') {
    const lacking = reply.state === 'inject-failed' && spec.kind === 'netem' ? await kernelLacks(deps, machine) : '';
    throw refusal(machine, spec.target, reply, lacking);
  }

  const act = request.fault.docker?.(params);
  if (!act || reply.standing === true) return;
  await recreate(deps, machine, act.service, act.action === 'rebuild');
}

/** Where control is cut too, the answer is as well: the lease stands before the fault does, and the bite tells whether that does. */
function cutOffItself(spec: FaultSpec, error: unknown): undefined {
  if (healsByLease(spec) && error instanceof HostError && error.kind === 'unknown') return undefined;
  throw error;
}

/** Why the machine did not let it happen: what, where, the evidence, the way out. */
function refusal(machine: string, target: string, reply: Exclude<ArmReply, { state: 'armed' }>, lacking: string) {
  switch (reply.state) {
    case 'braked':
      return failure('Braked', refusedByBrake(parseBrake(reply.evidence), ` on ${machine}`));
    case 'busy':
      return failure(
        'TargetBusy',
        `${target} already carries \`${reply.lease.summary}\` of ${reply.lease.owner} (on ${machine}: ${reply.lease.bearer}). See \`0k-chaos faults\`; end it with \`0k-chaos heal ${reply.lease.id}\`.`,
      );
    case 'foreign':
      return failure(
        'TargetBusy',
        `${target} on ${machine} is not free: somebody else has put something there, and 0k-chaos leaves it alone. Found: \`${reply.evidence.trim()}\`. Look at it with \`0k-chaos doctor\`, or there with \`tc qdisc show\`, \`nft list ruleset\`, \`docker ps -a\`.`,
      );
    case 'fenced':
      return failure(
        'TargetBusy',
        `\`${reply.resource}\` was given to somebody else since: this run holds it by token ${reply.token}, and ${machine} has seen ${reply.fence}. It lost its lock, so it breaks nothing there any more. See \`0k-chaos locks\`.`,
      );
    case 'healed':
      return failure(
        'InjectFailed',
        `The fault on ${target} was healed by ${reply.by} at ${reply.at}, before anybody heard that it stood: it is not put back.`,
      );
    default:
      return failure(
        'InjectFailed',
        `The fault on ${target} could not be put in place on ${machine}. ${lacking}${reply.evidence.trim()}`,
      );
  }
}
