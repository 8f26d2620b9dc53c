import { Command } from 'commander';
import type { Config } from '../config.ts';
import { BY_HAND } from '../contract/run.ts';
import { EXIT } from '../report/exit-code.ts';
import { duration } from '../report/look.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import type { Answered } from './ledgers.ts';
import { answer, say } from './output.ts';

/** A fault in a ledger, as `--json` prints it. */
interface Standing {
  machine: string;
  id: string;
  owner: string;
  /** Of the run that broke it; null: Temporal could not be asked. */
  ownerAlive: boolean | null;
  kind: string;
  target: string;
  summary: string;
  armedAt: string;
  /** Until it ends by itself. */
  seconds: number;
  /** Null: could not look. */
  standing: boolean | null;
  /** Why the last heal did not do. */
  note: string;
  /** Heals that did not do, and the first of them (ISO 8601); null: none. */
  tries: number;
  failingSince: string | null;
  /** What heals it after a reboot of the machine; `reboot`: that itself. */
  afterReboot: 'reboot' | 'systemd' | 'cron' | 'none';
}

/** `0k-chaos faults` */
export function faultsCommand(): Command {
  return common(new Command('faults'))
    .description('what is broken at this moment, from the ledgers of the machines; works without Temporal')
    .addHelpText('after', examples('faults', 'faults --json'))
    .action(async (options: CommonOptions) => {
      const config = await configOf(options);
      const { withLedgers } = await import('./ledgers.ts');
      const [{ brakeState, renderState }, answers] = await Promise.all([
        import('./brake/state.ts'),
        withLedgers(config, (ledgers) => ledgers.each((ledger) => ledger.list({ probe: true }))),
      ]);
      const found = collect(answers);
      const [brake] = await Promise.all([brakeState(config), markOwners(config, found.faults)]);
      const isBraked = brake.here !== null || brake.machines.some((there) => there.brake !== null);
      answer(options.json, { ...found, brake }, () =>
        [...(isBraked ? renderState(brake) : []), render(found.faults)].join('\n'),
      );
      for (const { machine, message } of found.unreachable) say(`${machine} does not answer: ${message}`);
      for (const { machine, evidence } of found.junk) say(`${machine}: not a lease of ours, left alone: ${evidence}`);
      if (found.unreachable.length > 0) process.exitCode = EXIT.inconclusive;
    });
}

type Ledger = Awaited<ReturnType<import('../hosts/lease.ts').Leases['list']>>;

function collect(answers: Answered<Ledger>[]) {
  const entries = answers.flatMap(({ machine, value = [] }) => value.map((entry) => ({ machine, entry })));
  return {
    faults: entries.flatMap(({ machine, entry }): Standing[] => {
      if (entry.state !== 'leased') return [];
      const { id, owner, kind, target, summary, armedAt } = entry.lease;
      const { seconds, standing = null, note, tries, since: failingSince, boot: afterReboot = 'reboot' } = entry;
      const what = { machine, id, owner, ownerAlive: null, kind, target, summary, armedAt };
      return [{ ...what, seconds, standing, note, tries, failingSince, afterReboot }];
    }),
    unreachable: answers.flatMap(({ machine, error }) => (error === undefined ? [] : [{ machine, message: error }])),
    junk: entries.flatMap(({ machine, entry }) =>
      entry.state === 'junk' ? [{ machine, evidence: entry.evidence }] : [],
    ),
  };
}

/** Which runs are alive, where Temporal answers; it is not needed. */
async function markOwners(config: Config, faults: Standing[]): Promise<void> {
  if (faults.length === 0) return;
  try {
    const [{ withTemporal }, { isAlive }] = await Promise.all([
      import('./temporal.ts'),
      import('../activities/owners.ts'),
    ]);
    await withTemporal(config, async ({ client }) => {
      for (const fault of faults) fault.ownerAlive = await isAlive(client, fault.owner);
    });
  } catch (error) {
    say(`whether the runs are alive is not known: ${(error as Error).message}`);
  }
}

/** A block a fault; its id stands whole, to be copied behind `0k-chaos heal`. */
function render(faults: Standing[]): string {
  if (faults.length === 0) return 'no fault in any ledger that answered';
  return faults
    .map(({ machine, summary, standing, seconds, id, ownerAlive, note, tries, failingSince, afterReboot }) =>
      [
        `${machine}: ${summary}`,
        `  ${STANDS[`${standing}`]}; ends by itself ${seconds > 0 ? `in ${duration(seconds)}` : 'at any moment: overdue'}; ${whose(id, ownerAlive)}`,
        `  ${id}`,
        ...(note === ''
          ? []
          : [`  ${tries} heals since ${failingSince} did not do, and it goes on; the last: ${note}`]),
        ...(afterReboot === 'none' ? ['  nothing there would heal it after a reboot but a worker or `heal`'] : []),
      ].join('\n'),
    )
    .join('\n');
}

const STANDS = { true: 'stands', false: 'does not stand now', null: 'could not be looked at' };
const whose = (id: string, alive: Standing['ownerAlive']): string =>
  id.startsWith(`${BY_HAND}/`) ? 'put in place by hand' : RUN[`${alive}`];
const RUN = { true: 'its run is alive', false: 'its run is gone', null: 'whether its run is alive is not known (?)' };
