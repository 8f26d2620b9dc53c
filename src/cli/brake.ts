import { Command } from 'commander';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { badInput } from './errors.ts';

interface Options extends CommonOptions {
  release?: boolean;
  status?: boolean;
}

const LONGEST_REASON = 300;

/** `0k-chaos brake "reason" | --status | --release` */
export function brakeCommand(): Command {
  return common(new Command('brake'))
    .description(
      'stop everything: refuse every new fault everywhere, cancel all runs, heal all that stands; until `--release`',
    )
    .argument('[reason...]', 'why; shown to everybody who is refused')
    .option('--release', 'take it off, here and on every machine')
    .option('--status', 'whether it is on, here and on every machine')
    .addHelpText(
      'after',
      examples('brake "the disk of beast is dying"', 'brake --status', 'brake --release') +
        '\nIt needs SSH and the fleet file; where Temporal does not answer, runs that live meet it at their next fault.\n' +
        'Schedules stay as they are: what they start is refused.\n',
    )
    .action(async (words: string[], { release, status, ...options }: Options) => {
      const reason = reasonOf(words);
      const ways = [reason !== '', release === true, status === true].filter(Boolean);
      if (ways.length !== 1) throw badInput('say why (`0k-chaos brake "reason"`), or one of `--release`, `--status`');
      const config = await configOf(options);
      if (release === true) return (await import('./brake/release.ts')).release(config, options.json);
      if (status === true) return (await import('./brake/state.ts')).showBrake(config, options.json);
      return (await import('./brake/pull.ts')).pull(config, reason, options.json);
    });
}

/** One line, as it stands in files, ledgers and failures. */
export const reasonOf = (words: string[]): string =>
  words
    .join(' ')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_REASON);
