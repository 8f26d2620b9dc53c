import { Command } from 'commander';
import type { SuiteInput } from '../contract/suite.ts';
import { scenarios } from '../workflows/scenarios/index.ts';
import { common, configOf, examples } from './common.ts';
import { badInput } from './errors.ts';
import { iterations, seedNumber, wholeNumber } from './numbers.ts';
import type { RunOptions } from './run-one.ts';
import { givenId } from './start-workflow.ts';
import { findScenario, fullName, leaseIn } from './scenario-input.ts';

interface Options extends RunOptions {
  all?: boolean;
  iterations?: number | 'nightly';
  parallel?: number;
}

export const inputOptions = (command: Command): Command =>
  command
    .option(
      '--set <key=value>',
      'an option of the scenario; may be given again',
      (pair: string, before: string[] | undefined) => [...(before ?? []), pair],
    )
    .option('--input <json>', 'all options as one JSON object')
    .option('--lease <seconds>', 'how long a fault outlives the last sign of life of its run (default: 60)');

/** `0k-chaos run SCENARIO` */
export function runCommand(): Command {
  return inputOptions(common(new Command('run')))
    .description('run scenarios and follow them to their verdicts; Ctrl-C heals and ends them')
    .argument('[scenario...]', "names or globs such as 'mr_*'; see `0k-chaos list`")
    .option('--all', 'every scenario')
    .option(
      '--iterations <n>',
      'how often each is run; `nightly`: as often as its family needs (default: 1)',
      iterations,
    )
    .option('--parallel <n>', 'how many run side by side where they break different things (default: 1)', wholeNumber)
    .option('--seed <n>', 'what messages and choices are drawn from (default: by chance)', seedNumber)
    .option('--allow-known', 'failures that are listed as known defects alone are exit code 0')
    .option('--id <workflowId>', 'workflow id (default: the name and the time)', givenId)
    .option('--detach', 'start it, and do not wait')
    .addHelpText(
      'after',
      examples(
        'run mr_01_relay_crash_failover',
        'run edge_01_guardian_high_latency --set delayMs=800 --set jitterMs=0',
        "run 'mr_*' edge_01_guardian_high_latency --iterations 5",
        'run --all --parallel 2 --json',
      ),
    )
    .action(run);
}

async function run(given: string[], options: Options): Promise<void> {
  const words = given.map(fullName);
  if (words.length > 0 && options.all) throw badInput('`--all` is every scenario: leave out the names, or `--all`');
  if (words.length === 0 && !options.all) throw badInput('say which scenarios: names, globs or `--all`');
  for (const word of words.filter((each) => !each.includes('*'))) findScenario(word);
  const [name] = words;
  const isOne = words.length === 1 && name !== undefined && !name.includes('*');
  return isOne && (options.iterations ?? 1) === 1
    ? (await import('./run-one.ts')).runOne(name, options)
    : runSuite(words, options);
}

/** Several runs, or one scenario several times: a suite. */
async function runSuite(words: string[], options: Options): Promise<void> {
  const config = await configOf(options);
  const [{ runMany, optionsFor }, { chosen }] = await Promise.all([
    import('./run-many.ts'),
    import('../activities/suite-plan.ts'),
  ]);
  const names = chosen(options.all ? 'all' : words, Object.keys(scenarios));
  const { iterations, parallel, seed } = options;
  const input: SuiteInput = {
    ...{ fleet: config.fleet.name, scenarios: names, options: optionsFor(names, config, options) },
    ...(iterations === undefined ? {} : { iterations }),
    ...(parallel === undefined ? {} : { parallel }),
    ...(seed === undefined ? {} : { seed }),
    ...leaseIn(options),
  };
  await runMany(config, 'suite', input, options);
}
