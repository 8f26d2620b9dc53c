import { Command } from 'commander';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { say } from './output.ts';

/** `0k-chaos worker`: polls until it is told to stop. */
export function workerCommand(): Command {
  return common(new Command('worker'))
    .description('the process that does the work: starts the Temporal server where it owns one, and polls until Ctrl-C')
    .option(
      '--metrics <address>',
      'show metrics to Prometheus there, such as 127.0.0.1:9464 (default: ZEROK_CHAOS_METRICS, else none)',
    )
    .addHelpText('after', examples('worker', '--fleet fleet.yml worker', 'worker --metrics 127.0.0.1:9464'))
    .action(async (options: CommonOptions & { metrics?: string }) => {
      const config = await configOf(options);
      say(`fleet ${config.fleet.name} (${config.fleetFile}), journals in ${config.stateDir}/runs`);
      const { runWorker } = await import('../worker.ts');
      await runWorker(config, say);
      say('worker: stopped; runs go on when a worker is started again');
    });
}
