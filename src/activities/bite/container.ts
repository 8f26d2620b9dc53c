import { setTimeout as pause } from 'node:timers/promises';
import type { FaultSpec } from '../../contract/fault-spec.ts';
import { resolveTarget } from '../../fleet/select.ts';
import { patience } from '../../hosts/awake.ts';
import type { Deps } from '../deps.ts';
import { containerOf, healthOf } from '../relays.ts';
import type { Gauge, Numbers } from './index.ts';

type Spec = FaultSpec & { kind: 'container' };

/** A relay that is asked to end takes up to half a second; one under an emulated processor longer. */
const DYING_SECONDS = 10;

/** What Docker says of the container, and whether the relay's health address still answers. */
export function measureContainer(deps: Deps, spec: Spec): Gauge {
  const look = () => lookAt(deps, spec.target);
  return {
    before: look,
    after: look,
    during: async (before) => {
      const isOver = patience(DYING_SECONDS);
      let during = await look();
      while (!isBroken(spec.action, before, during) && !isOver()) {
        await pause(200);
        during = await look();
      }
      return { bit: isBroken(spec.action, before, during), how: told(spec.target, during), before, during };
    },
  };
}

/** A client in a container has no health address. */
function told(name: string, { status, health }: Numbers): string {
  const is = `${name} is ${String(status)}`;
  return health === undefined ? is : `${is}, its health address says ${String(health)}`;
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
