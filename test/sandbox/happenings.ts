import type { HealedBy } from '../../src/contract/run.ts';
import type { World } from '../workflows/world.ts';
import type { Happening } from './case.ts';
import type { Lease, Machine, Machines } from './machines.ts';
import type { Server } from './server.ts';
import type { Worker } from './worker.ts';

/** All that something can happen to. */
export interface Stage {
  server: Server;
  worker: Worker;
  machines: Machines;
  world: World;
  /** What stands of the run at that moment. */
  standing: Lease[];
}

/** The token of whoever has the lock after the run. */
const TAKEN = 2;

/** What befalls a run from outside, once. */
export async function happen({ kind, seconds, which }: Happening, stage: Stage): Promise<void> {
  const { server, worker, machines, world } = stage;
  const machine = machines.all[which % machines.all.length];
  switch (kind) {
    case 'cancel':
      return server.cancel();
    case 'terminate':
      return server.terminate();
    case 'worker dies':
      worker.die();
      return server.workerDownFor(seconds * 1000);
    case 'server is down':
      return server.downFor(seconds * 1000);
    case 'machine is cut off':
      return machine?.cutOffFor(seconds * 1000);
    case 'machine loses power':
      return machine?.powerCutFor(seconds * 1000);
    case 'its lock is taken':
      return shutOut(stage, 'sweep', (one) => one.raiseFence(TAKEN));
    case 'the brake is pulled':
      shutOut(stage, 'hand', (one) => one.brake());
      return server.cancel();
    case 'a guard fails':
      world.guardBroken = 'the fleet is not well';
      return undefined;
    case 'somebody heals':
    case 'a person heals':
      return healByHand(stage, kind, which);
    case 'task is lost':
      return undefined;
  }
}

/** On every machine that can be reached: first nothing more of the run, then nothing of it. */
function shutOut({ machines, standing }: Stage, by: HealedBy, shut: (machine: Machine) => void): void {
  const owners = new Set(standing.map(({ owner }) => owner));
  for (const machine of machines.all.filter((one) => one.isReachable)) {
    shut(machine);
    for (const owner of owners) machine.healOwner(owner, by);
  }
}

function healByHand({ machines, standing }: Stage, kind: Happening['kind'], which: number): void {
  const lease = standing[which % Math.max(1, standing.length)];
  if (!lease) return;
  const machine = machines.of(lease.spec.target);
  if (kind === 'somebody heals') machine.endByHand(lease.id);
  else machine.heal(lease.id, 'hand');
}
