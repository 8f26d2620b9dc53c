import { setTimeout as pause } from 'node:timers/promises';
import type { FaultSpec } from '../../contract/fault-spec.ts';
import { resolveTarget } from '../../fleet/select.ts';
import type { Deps } from '../deps.ts';
import { containerOf, healthOf } from '../relays.ts';
import type { Gauge, Numbers } from './index.ts';

type Spec = FaultSpec & { kind: 'container' };

/** A relay that is asked to end takes up to half a second; one under an emulated processor longer. */
const DYING_MS = 10_000;

/** What Docker says of the container, and whether the relay's health address still answers. */
export function measureContainer(deps: Deps, spec: Spec): Gauge {
  const look = () => lookAt(deps, spec.target);
  return {
    before: look,
    after: look,
    during: async (before) => {
      const deadline = Date.now() + DYING_MS;
      let during = await look();
      while (!isBroken(spec.action, before, during) && Date.now() < deadline) {
        await pause(200);
        during = await look();
      }
      const how = `${spec.target} is ${String(during['status'])}, its health address says ${String(during['health'])}`;
      return { bit: isBroken(spec.action, before, during), how, before, during };
    },
  };
}

async function lookAt(deps: Deps, name: string): Promise<Numbers> {
  const target = resolveTarget(deps.fleet, name);
  if (target.kind === 'machine') return { status: 'not a container' };
  const { status, startedAt, exitCode, id } = await containerOf(deps, name, target.machine, target.service);
  if (target.kind !== 'relay') return { status, startedAt, exitCode, id };
  const { ok, evidence } = await healthOf(deps, name);
  return { status, startedAt, exitCode, id, health: ok ? 'ok' : evidence };
}

function isBroken(action: Spec['action'], before: Numbers, during: Numbers): boolean {
  const serves = during['health'] === 'ok';
  if (action === 'restart') return during['startedAt'] !== before['startedAt'];
  if (action === 'recreate' || action === 'rebuild') return during['id'] !== before['id'];
  if (action === 'pause') return during['status'] === 'paused' && !serves;
  return during['status'] !== 'running' && !serves;
}
