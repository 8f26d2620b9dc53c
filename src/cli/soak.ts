import { Command } from 'commander';
import type { SoakInput } from '../contract/suite.ts';
import { scenarios } from '../workflows/scenarios/index.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { seedNumber, span } from './numbers.ts';
import type { ManyOptions } from './run-many.ts';
import { givenId } from './start-workflow.ts';
import { fullName } from './scenario-input.ts';

interface Options extends CommonOptions, ManyOptions {
  for: number;
  seed?: number;
}

/** `0k-chaos soak --for 2h` */
export function soakCommand(): Command {
  return common(new Command('soak'))
    .description('run scenarios drawn from a seed, one after the other, for a time; the last one is not cut off')
    .argument('[scenario...]', "names or globs to draw from, such as 'mr_*' (default: all)")
    .requiredOption('--for <time>', 'how long new runs are begun, such as 90s, 30m, 2h or 1d', span)
    .option('--seed <n>', 'what is drawn from (default: by chance, and told)', seedNumber)
    .option('--allow-known', 'failures that are listed as known defects alone are exit code 0')
    .option('--id <workflowId>', 'workflow id (default: soak and the time)', givenId)
    .option('--detach', 'start it, and do not wait')
    .addHelpText('after', examples('soak --for 2h', "soak 'mr_*' 'edge_*' --for 30m --seed 7"))
    .action(soak);
}

async function soak(words: string[], options: Options): Promise<void> {
  const config = await configOf(options);
  const [{ runMany }, { chosen }] = await Promise.all([import('./run-many.ts'), import('../activities/suite-plan.ts')]);
  const names = chosen(words.length === 0 ? 'all' : words.map(fullName), Object.keys(scenarios));
  const { seed } = options;
  const input: SoakInput = {
    ...{ fleet: config.fleet.name, scenarios: names, seconds: options.for },
    ...(seed === undefined ? {} : { seed }),
  };
  await runMany(config, 'soak', input, options);
}
