import { Command } from 'commander';
import type { Config } from '../config.ts';
import { EXIT } from '../report/exit-code.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { renderChecks, type Check } from './doctor/check.ts';
import { withDeps } from './fleet-deps.ts';
import { answer, lookOf } from './output.ts';

/** `0k-chaos doctor` */
export function doctorCommand(): Command {
  return common(new Command('doctor'))
    .description(
      'check machines, relays, clients, Temporal and the worker, with a fix for each problem; changes nothing',
    )
    .addHelpText('after', examples('doctor', 'doctor --json'))
    .action(async (options: CommonOptions) => {
      const config = await configOf(options);
      const startedAt = Date.now();
      const checks = await examine(config);
      const seconds = (Date.now() - startedAt) / 1000;
      const count = (state: Check['state']): number => checks.filter((check) => check.state === state).length;
      const totals = { ok: count('ok'), warn: count('warn'), fail: count('fail') };
      answer(options.json, { fleet: config.fleet.name, ...totals, seconds, checks }, () =>
        [
          `fleet ${config.fleet.name} (${config.fleetFile})`,
          renderChecks(checks, lookOf(process.stdout)),
          `${totals.ok} ok, ${totals.warn} ${totals.warn === 1 ? 'warning' : 'warnings'}, ${totals.fail} failed, in ${seconds.toFixed(1)} s`,
        ].join('\n'),
      );
      if (totals.fail > 0) process.exitCode = EXIT.inconclusive;
    });
}

async function examine(config: Config): Promise<Check[]> {
  const [{ railChecks }, { fleetChecks }, { temporalChecks }] = await Promise.all([
    import('./doctor/rails.ts'),
    import('./doctor/fleet.ts'),
    import('./doctor/temporal.ts'),
  ]);
  return withDeps(config, async (deps) =>
    (await Promise.all([railChecks(deps), fleetChecks(deps), temporalChecks(config)])).flat(),
  );
}
