import type { Client } from '@temporalio/client';
import type { Deps } from '../../src/activities/deps.ts';
import { sweepMachines } from '../../src/activities/sweep-machines.ts';
import type { SweepSteps } from '../../src/contract/sweep.ts';
import type { Argv } from '../../src/faults/argv.ts';
import type { ExecOptions, Host } from '../../src/hosts/host.ts';
import { result } from '../activities/ground/fake-fleet.ts';
import { silent } from '../activities/swept-fleet.ts';
import { fleet } from './fleet.ts';

const lease = {
  ...{ id: 'by-hand/1/1', owner: 'by-hand/1', kind: 'partition', target: 'guardian', summary: 'cut guardian' },
  ...{ bearer: 'b', armedAt: '2026-01-01T00:00:00.000Z' },
};
const ANSWERS: Record<string, object> = {
  list: { key: 'k', state: 'leased', lease, seconds: -5, thisBoot: true, note: '', tries: 0, since: null },
  heal: { key: 'k', state: 'healed', lease, by: 'sweep', at: 1_767_225_600, stood: true },
};

/** A machine on which one fault by hand has outlived its time. */
const guardian = {
  name: 'guardian',
  asRoot: () => Promise.resolve([]),
  exec: (_: Argv, { stdin = '' }: ExecOptions) => {
    const command = /^command=(\w+)/m.exec(String(stdin))?.[1] ?? '';
    return Promise.resolve(result(`${JSON.stringify(ANSWERS[command])}\n{"done":true}\n`));
  },
} as unknown as Host;

/** The real one, on a fleet whose Beast does not answer. */
export function sweepActivities(temporal: Client): SweepSteps {
  const hosts = { get: (name: string) => (name === 'guardian' ? guardian : silent(name)) };
  const deps = { fleet, hosts, temporal, stateDir: '/nonexistent' } as unknown as Deps;
  return { sweepMachines: sweepMachines(deps) };
}
