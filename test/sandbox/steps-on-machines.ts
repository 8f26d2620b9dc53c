import { failure } from '../../src/activities/failures.ts';
import { endsByItself } from '../../src/contract/fault-spec.ts';
import { ownerOf } from '../../src/contract/run.ts';
import type { HealedBy } from '../../src/contract/run.ts';
import type { FaultAsk, Healed, Steps } from '../../src/contract/steps.ts';
import { stepsOn } from '../workflows/steps-on-world.ts';
import type { World } from '../workflows/world.ts';
import type { Machines } from './machines.ts';
import type { Timeline } from './timeline.ts';

export interface Ground {
  timeline: Timeline;
  machines: Machines;
  world: World;
  /** What the worker's own disk says was injected. */
  journal: Set<string>;
}

/** What stands before, or in place of, the real door. */
export type Door = (real: Steps['admit']) => Steps['admit'];

/** What activities do to machines, as those of `src/activities` do it; all else goes well at once. */
export function stepsOnMachines(ground: Ground, door: Door): Omit<Steps, 'hold' | 'watchGuards'> {
  const { timeline, machines, journal } = ground;
  const onWorld = stepsOn(ground.world);
  const now = (): string => new Date(timeline.now).toISOString();
  return {
    ...onWorld,
    admit: door((ask) => onWorld.admit(ask)),
    async inject(ask) {
      arm(ground, ask);
      journal.add(ask.id);
      return { injectedAt: now(), bite: { bit: true, how: 'seen from outside' } };
    },
    async heal(ask) {
      return { ...healed(ground, ask), healedAt: now(), seconds: 0.1, after: null };
    },
    async gone({ faults }) {
      return faults.flatMap(({ id, target }) => {
        const machine = machines.of(target);
        machine.reach();
        return machine.leases.get(id)?.standing === true ? [] : [`the fault on ${target} does not stand`];
      });
    },
    async prepare({ targets }) {
      for (const target of targets) machines.of(target).reach();
      return { checks: [], swept: [] };
    },
    async verify({ run }) {
      for (const machine of machines.all) machine.reach();
      const mine = machines.leases.filter(({ owner }) => owner === ownerOf(run));
      return { residue: mine.map(({ bearer }) => `${bearer} still leased`) };
    },
  };
}

function arm({ machines, world }: Ground, { run, id, spec, leaseSeconds, token }: FaultAsk): void {
  const machine = machines.of(spec.target);
  machine.reach();
  const armed = machine.arm(id, ownerOf(run), spec, leaseSeconds * 1000, token);
  if (armed.state === 'braked') throw failure('Braked', `${spec.target} is braked`);
  if (armed.state === 'fenced') throw failure('TargetBusy', `${spec.target} was given to somebody else since`);
  if (armed.state === 'busy') throw failure('TargetBusy', `${spec.target} carries something`);
  if (armed.state !== 'armed') throw failure('InjectFailed', `${spec.target} was healed before`);
  if (!armed.standing && !endsByItself(spec)) throw failure('InjectFailed', `${spec.target}: it does not stand`);
  world.standing.set(id, spec);
}

/** Who healed it, as `heal` works that out from the ledger and from its own journal. */
function healed({ machines, world, journal }: Ground, { id, spec }: FaultAsk): Pick<Healed, 'healedBy'> {
  const machine = machines.of(spec.target);
  machine.reach();
  const record = machine.heal(id, 'frame');
  world.standing.delete(id);
  const by: HealedBy = record?.by ?? 'somebody';
  if (by === 'frame') world.healed.set(id, 'frame');
  if (!journal.has(id) || endsByItself(spec)) return { healedBy: by === 'somebody' ? 'frame' : by };
  return { healedBy: by === 'frame' && record?.stood !== true ? 'somebody' : by };
}
