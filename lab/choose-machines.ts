import type { Progress } from './cache.ts';
import { findEngine, netemAtAGlance } from './container-engine.ts';
import { containers, NO_NETEM } from './containers.ts';
import { ensurePackages, HOST_PACKAGES, type MayInstall } from './host-packages.ts';
import type { Machines, MachinesKind, Prepared } from './machines.ts';
import type { LabRecord } from './record.ts';
import { virtualMachines } from './vm.ts';

export interface Choice {
  /** Default: containers where there is a Docker engine with netem in its kernel, else virtual machines. */
  machines?: MachinesKind;
  /** Asked before Debian packages are installed on this machine. Default: no. */
  mayInstall?: MayInstall;
}

/** What runs the machines of a lab that there is. */
export function machinesOf({ kind }: Pick<LabRecord, 'kind'>): Machines {
  return kind === 'vm' ? virtualMachines : containers;
}

/** Decides what the machines are, and builds what they are made from; `why` says how it was decided. */
export async function prepareMachines(choice: Choice, dir: string, progress: Progress): Promise<Prepared> {
  if (choice.machines === 'containers') return containers.prepare(dir, progress);
  const found = choice.machines === 'vm' ? 'asked for' : await preparedContainers(dir, progress);
  if (typeof found !== 'string') return found;
  await ensurePackages(HOST_PACKAGES, choice.mayInstall, progress);
  const prepared = await virtualMachines.prepare(dir, progress);
  return { ...prepared, why: `${prepared.why}; ${found}` };
}

/** Containers, prepared; a text where they would not do: why. */
export async function preparedContainers(dir: string, progress: Progress): Promise<Prepared | string> {
  const engine = await findEngine();
  if ('why' in engine) return `not containers: ${engine.why}`;
  const lacking = `not containers on ${engine.name}: ${NO_NETEM}`;
  if ((await netemAtAGlance(engine)) === false) return lacking;
  const prepared = await containers.prepare(dir, progress);
  return prepared.engine?.netem ? prepared : lacking;
}
