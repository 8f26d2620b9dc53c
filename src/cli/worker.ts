import { Command } from 'commander';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { say } from './output.ts';

/** `0k-chaos worker`: polls until it is told to stop. */
export function workerCommand(): Command {
  return common(new Command('worker'))
    .description('the process that does the work: starts the Temporal server where it owns one, and polls until Ctrl-C')
    .addHelpText('after', examples('worker', '--fleet fleet.yml worker'))
    .action(async (options: CommonOptions) => {
      const config = await configOf(options);
      say(`fleet ${config.fleet.name} (${config.fleetFile}), journals in ${config.stateDir}/runs`);
      const { runWorker } = await import('../worker.ts');
      await runWorker(config, say);
      say('worker: stopped; runs go on when a worker is started again');
    });
}
