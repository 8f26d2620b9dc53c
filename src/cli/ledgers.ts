import { brokenMachines } from '../fleet/select.ts';
import { ledgerOf } from '../activities/leases.ts';
import type { Config } from '../config.ts';
import { didYouMean } from '../fleet/nearest.ts';
import type { Leases, ListReply } from '../hosts/lease.ts';
import { badInput } from './errors.ts';
import { withDeps } from './fleet-deps.ts';

export type Leased = ListReply & { state: 'leased' };

/** What one machine answered; `error` is why it did not. */
export interface Answered<T> {
  machine: string;
  value?: T;
  error?: string;
}

/** The ledgers of a fleet, with no Temporal. */
export interface Ledgers {
  machines: string[];
  /** Asks machines side by side; one that does not answer keeps nobody waiting but itself. */
  each<T>(act: (ledger: Leases, machine: string) => Promise<T>, only?: string[]): Promise<Answered<T>[]>;
}

export async function withLedgers<T>(config: Config, act: (ledgers: Ledgers) => Promise<T>): Promise<T> {
  const machines = brokenMachines(config.fleet);
  return withDeps(config, (deps) =>
    act({
      machines,
      each: (look, only = machines) =>
        Promise.all(
          only.map(async (machine) => {
            try {
              return { machine, value: await look(ledgerOf(deps, machine), machine) };
            } catch (error) {
              return { machine, error: (error as Error).message };
            }
          }),
        ),
    }),
  );
}

/** @throws CliError for a machine that has no ledger */
export function knownMachine(machines: string[], machine: string): string {
  if (machines.includes(machine)) return machine;
  throw badInput(`no machine \`${machine}\` on which anything can be broken; ${didYouMean(machine, machines)}`);
}
