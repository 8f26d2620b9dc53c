import { Command } from 'commander';
import { workflowIdOf } from '../activities/owners.ts';
import type { Config } from '../config.ts';
import type { LockClaim } from '../contract/fleet-lock.ts';
import { renderTable } from '../report/table.ts';
import { didYouMean } from '../fleet/nearest.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { badInput } from './errors.ts';
import type { LockView } from './lock-view.ts';
import { answer, lookOf } from './output.ts';
import type { Link } from './temporal.ts';

interface ReleaseOptions extends CommonOptions {
  yes?: boolean;
}

/** `0k-chaos locks`: who holds what, and who waits for it. */
export function locksCommand(): Command {
  const command = common(new Command('locks'))
    .description('who holds what of the fleet and what it broke, and who waits for it')
    .addHelpText('after', examples('locks', 'locks --json', 'locks release mr_01_relay_crash_failover-…'))
    // For a misspelt subcommand, which would be told as an argument too many.
    .argument('[word...]')
    .usage('[options] [command]')
    .action(async ([word]: string[], options: CommonOptions) => {
      if (word !== undefined) throw badInput(`no \`locks ${word}\`; ${didYouMean(word, ['release'])}`);
      const { viewOf } = await import('./lock-view.ts');
      const view = await onFleet(options, viewOf);
      answer(options.json, view, () => render(view));
    });
  return command.addCommand(
    common(new Command('release'))
      .description('take from a run what it holds, or its place in the line; heals what it broke first')
      .argument('<owner>', 'workflow id, or <workflow id>/<run id> as `0k-chaos locks --json` shows it')
      .option('-y, --yes', 'do not ask')
      // `locks` takes the common options itself, wherever they stand.
      .action(async (owner: string, _: object, own: Command) => {
        const options = own.optsWithGlobals<ReleaseOptions>();
        const { release } = await import('./locks-release.ts');
        return onFleet(options, (link, config) => release(link, config, owner, options));
      }),
  );
}

async function onFleet<T>(options: CommonOptions, act: (link: Link, config: Config) => Promise<T>): Promise<T> {
  const config = await configOf(options);
  const { withTemporal } = await import('./temporal.ts');
  return withTemporal(config, (link) => act(link, config));
}

function render({ holders, waiting, unreachable }: LockView): string {
  const row = ({ owner, exclusive, shared }: LockClaim, isAlive: boolean, how: string, since = ''): string[] => [
    how,
    `${workflowIdOf(owner)}${isAlive ? '' : ' (its run is gone)'}`,
    exclusive.join(', ') || 'nothing',
    shared.join(', '),
    since.slice(11, 19),
  ];
  const rows = [
    ...holders.map((holder) => [
      ...row(holder, holder.isAlive, `holds (${holder.token})`, holder.since),
      holder.broken.map(({ machine, summary }) => `${summary} (on ${machine})`).join('; ') || 'nothing',
    ]),
    ...waiting.map((waiter, n) => [...row(waiter, waiter.isAlive, `waits, ${n + 1}.`, waiter.since), '']),
  ];
  if (rows.length === 0) return 'nothing is locked';
  const titles = ['', 'run', 'has to itself', 'relies on', 'since, UTC', 'has broken now'];
  const unseen = unreachable.map(({ machine, message }) => `what is broken on ${machine} is not known: ${message}`);
  return [renderTable(titles, rows, lookOf(process.stdout)), ...unseen].join('\n');
}
