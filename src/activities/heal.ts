import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { describeFault } from '../contract/describe-fault.ts';
import { endsByItself } from '../contract/fault-spec.ts';
import type { FaultSpec } from '../contract/fault-spec.ts';
import type { HealedBy, RunRef } from '../contract/run.ts';
import { HEALING } from '../contract/slow-heal.ts';
import type { HealAsk, Healed, Steps } from '../contract/steps.ts';
import { resolveTarget } from '../fleet/select.ts';
import { patience } from '../hosts/awake.ts';
import type { HealReply } from '../hosts/lease.ts';
import { gaugeFor } from './bite/index.ts';
import type { Numbers } from './bite/index.ts';
import { recovered } from './bite/recovered.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { stopwatch } from './clock.ts';
import { beating } from './heartbeat.ts';
import { RunFolder } from './journal.ts';
import { leaseRequest } from './lease-request.ts';
import { ledgerOf } from './leases.ts';
import { measuredBefore, resolvedFor } from './measured.ts';
import { relayContainer, untilHealthy } from './relays.ts';
import { tellWhenSlow } from './slow.ts';
import { lineOf } from './sweep.ts';
import { leasesOf } from './trial.ts';

const AGAIN_MS = 1_000;

/** Undoes one fault by the machine's own ledger; done when its probe says so, and a relay that it had ended serves again. */
export const heal = (deps: Deps): Steps['heal'] =>
  async function heal(ask) {
    const askedAt = Context.current().info.scheduledTimestampMs;
    const healed = await beating(() => tellWhenSlow(deps, HEALING(describeFault(ask.spec)), () => healNow(deps, ask)));
    deps.measures?.healed('frame', (Date.now() - askedAt) / 1000);
    deps.measures?.mended(resolveTarget(deps.fleet, ask.spec.target).machine, [ask.id]);
    return healed;
  };

async function healNow(deps: Deps, ask: HealAsk): Promise<Healed> {
  const { run, id, spec, injectedAt } = ask;
  const folder = new RunFolder(deps.stateDir, run);
  const { machine, kind, name } = resolveTarget(deps.fleet, spec.target);
  const clock = stopwatch();
  const isInjected = injectedAt !== undefined || wasInjected(folder, id);
  const [told, trial] = await ledgerOf(deps, machine).heal({ ids: leasesOf(ask) }, 'frame');
  const reply = told?.state === 'unknown' && isInjected ? await mended(deps, folder, ask) : told;
  const left = [reply, trial].find((one) => one?.state === 'stands' || one?.state === 'junk');
  if (!reply || left)
    throw failure(
      'HealFailed',
      `${describeFault(spec)} on ${machine} is not healed: ${left ? lineOf(left) : 'no answer'}`,
    );
  const silent = kind === 'relay' ? await whyNotServing(deps, name) : undefined;
  if (silent !== undefined && spec.kind === 'container') throw failure('HealFailed', silent);
  const healed = healerOf(reply, isInjected, endsByItself(spec));
  const seconds = clock();
  const { after, notBack } =
    silent === undefined
      ? await untilBack(deps, run, spec, measuredBefore(folder, id))
      : { after: null, notBack: { notBack: silent } };
  folder.record({
    kind: 'heal',
    machine,
    summary: `${describeFault(spec)}: ${lineOf(reply)}`,
    ms: Math.round(seconds * 1000),
    data: { id, ...healed, after, ...notBack },
  });
  return { healedAt: healed.at, healedBy: healed.by, seconds, after, ...notBack };
}

/** The machine has lost its ledger, by a reboot or by somebody's hand: the fault may stand all the same. */
async function mended(deps: Deps, folder: RunFolder, ask: HealAsk): Promise<HealReply> {
  const resolved = resolvedFor(folder, ask.id);
  if (resolved === undefined) return { key: '', state: 'unknown', lease: null };
  return ledgerOf(deps, resolved.machine).mend(leaseRequest(deps, ask, resolved));
}

/** Measures again until it is as it was before, bounded: connections that a fault has broken take their time. */
async function untilBack(
  deps: Deps,
  run: RunRef,
  spec: FaultSpec,
  before: Numbers | undefined,
): Promise<{ after: Numbers | null; notBack: Pick<Healed, 'notBack'> }> {
  const isOver = patience(deps.fleet.times.healthySeconds);
  for (;;) {
    const after = await gaugeFor(deps, run, spec)
      .after()
      .catch((): Numbers | null => null);
    const why = before && after ? recovered(spec, before, after) : undefined;
    if (why === undefined || isOver()) return { after, notBack: why === undefined ? {} : { notBack: why } };
    await pause(AGAIN_MS);
  }
}

/** A fault that was injected and no longer stood when we healed it was ended by somebody. */
function healerOf(reply: HealReply, injected: boolean, endsItself: boolean): { by: HealedBy; at: string } {
  const at = reply.state === 'healed' ? reply.at : new Date().toISOString();
  const by = reply.state === 'healed' ? reply.by : 'somebody';
  const stood = reply.state === 'healed' && reply.stood;
  if (!injected || endsItself) return { by: by === 'somebody' ? 'frame' : by, at };
  return { by: by === 'frame' && !stood ? 'somebody' : by, at };
}

const wasInjected = (folder: RunFolder, id: string): boolean =>
  folder.events().some(({ kind, data }) => kind === 'fault' && data?.['id'] === id);

/** Waits for it, bounded. Undefined: it serves. */
async function whyNotServing(deps: Deps, relay: string): Promise<string | undefined> {
  const { healthySeconds } = deps.fleet.times;
  if ((await untilHealthy(deps, relay, healthySeconds)) !== undefined) return undefined;
  const container = await relayContainer(deps, relay).catch((error: unknown) => {
    if (error instanceof ApplicationFailure && error.type === 'GroundFailed') return error.message;
    throw error;
  });
  if (typeof container === 'string') return container;
  const { status, name, exitCode } = container;
  if (status === 'running')
    return `${relay} is started, but not healthy after ${healthySeconds} s: look at its log (\`docker logs ${name}\` on its machine)`;
  const undone = status === 'paused' ? 'unpause' : 'start';
  const ended = status === 'exited' ? ` (exit code ${exitCode})` : '';
  return `${relay} is ${status}${ended}, and not by this fault: look at its log, and \`docker ${undone} ${name}\` on its machine`;
}
