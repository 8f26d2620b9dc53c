import { strict as assert } from 'node:assert';
import type { Argv } from '../../src/faults/argv.ts';
import { partition, partitionParams } from '../../src/faults/partition.ts';
import { leasesOn, type ArmRequest, type Leases } from '../../src/hosts/lease.ts';
import { keyOf } from '../../src/hosts/lease-script.ts';
import { ScratchMachine, whyNoScratchMachine } from '../faults/scratch-machine.ts';

type Cut = ArmRequest<ReturnType<typeof partitionParams.parse>>;

/** Cuts from an address of its own each, so that several can stand side by side. */
export function cut(id: string, more: Partial<Cut> = {}): Cut {
  const from = [`192.0.2.${(Number.parseInt(keyOf(id).slice(0, 6), 16) % 250) + 1}`];
  const params = partitionParams.parse({ id, place: { on: 'machine' }, tool: 'nft', from });
  return { fault: partition, params, id, owner: 'a/1', target: 'guardian', summary: 'cut', ttlSeconds: 30, ...more };
}

/** A machine for each case of the suite that calls this; cases are skipped where there can be none. */
export function eachOnItsMachine(shell?: Argv): { machine: () => ScratchMachine; leases: () => Leases } {
  let machine: ScratchMachine | undefined;
  beforeEach(async function () {
    if (whyNoScratchMachine() !== undefined) return this.skip();
    machine = await ScratchMachine.start(shell);
  });
  afterEach(() => machine?.stop());
  const current = (): ScratchMachine => {
    if (!machine) throw new Error('only in a case');
    return machine;
  };
  return { machine: current, leases: () => leasesOn(current().host()) };
}

/** Waits for it for 20 s; fails with `otherwise`. */
export async function eventually(holds: () => Promise<boolean>, otherwise = 'not in 20 s'): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 100)))
    assert.ok(Date.now() < deadline, otherwise);
}

/** Until the machine has no lease left. Its unit, timer and files for the boot go just after it. */
export const untilEmpty = (leases: Leases): Promise<void> =>
  eventually(async () => (await leases.list()).length === 0, 'still leased');
