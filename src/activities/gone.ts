import { setTimeout as pause } from 'node:timers/promises';
import { describeFault } from '../contract/describe-fault.ts';
import type { FaultSpec } from '../contract/fault-spec.ts';
import type { RunRef } from '../contract/run.ts';
import type { Steps } from '../contract/steps.ts';
import { resolveTarget } from '../fleet/select.ts';
import { gaugeFor } from './bite/index.ts';
import type { Deps } from './deps.ts';
import { beating } from './heartbeat.ts';
import { RunFolder } from './journal.ts';
import { ledgerOf } from './leases.ts';
import { measuredBefore } from './measured.ts';

/** A client that hangs would be measured for ever; this is more than one takes to give up a relay. */
const MEASURED_WITHIN_MS = 60_000;

/** Looks at each fault where it stands, and whether it still bites: somebody may have let through what it drops. What cannot be looked at is not gone. */
export const gone = (deps: Deps): Steps['gone'] =>
  async function gone({ run, faults }) {
    return beating(async () => {
      const looks = faults.map(async ({ id, target, spec }) => {
        const why = await whyGone(deps, id, target);
        if (why !== undefined) return [why];
        return spec === undefined ? [] : withoutEffect(deps, run, id, spec);
      });
      return (await Promise.all(looks)).flat();
    });
  };

/** By the machine's ledger and its own probe; undefined: it stands. */
export async function whyGone(deps: Deps, id: string, target: string): Promise<string | undefined> {
  const { machine } = resolveTarget(deps.fleet, target);
  const [entry] = await ledgerOf(deps, machine).list({ ids: [id], probe: true });
  if (entry === undefined) return `the fault on ${target} is in no ledger`;
  if (entry.state !== 'leased') return `the fault on ${target} is ${entry.state}`;
  return entry.standing === false ? `\`${entry.lease.summary}\` does not stand any more` : undefined;
}

async function withoutEffect(deps: Deps, run: RunRef, id: string, spec: FaultSpec): Promise<string[]> {
  const before = measuredBefore(new RunFolder(deps.stateDir, run), id);
  if (before === undefined) return [];
  const measuring = gaugeFor(deps, run, spec)
    .during(before)
    .catch(() => undefined);
  const over = new AbortController();
  const late = pause(MEASURED_WITHIN_MS, undefined, { signal: over.signal }).catch(() => undefined);
  const bite = await Promise.race([measuring, late]).finally(() => over.abort());
  return bite === undefined || bite.bit
    ? []
    : [`\`${describeFault(spec)}\` stands and does not bite any more: ${bite.how}`];
}
