import { Command } from 'commander';
import type { Config } from '../config.ts';
import { renderTable } from '../report/table.ts';
import type { Applied } from '../temporal/kept-schedule.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { badInput } from './errors.ts';
import type { Night, Schedules, Which } from './nightly.ts';
import { answer, lookOf } from './output.ts';

/** `0k-chaos schedule`: the fleet file's `nightly:` section as a Temporal schedule, and the sweep that workers keep. */
export function scheduleCommand(): Command {
  const command = new Command('schedule').description(
    "the fleet file's `nightly:` section as a Temporal schedule, and the sweep of every five minutes",
  );
  command.addCommand(
    common(new Command('list'))
      .description('the schedules: next, last, how often one was missed')
      .action((options: CommonOptions) => withSchedules(options, list)),
  );
  for (const [name, { does, act }] of Object.entries(ACTIONS)) {
    command.addCommand(
      common(new Command(name))
        .description(does)
        .argument('[which]', 'nightly or sweep', 'nightly')
        .action((word: string, options: CommonOptions) => {
          const which = whichOf(word);
          return withSchedules(options, (schedules, config) => act(schedules, which, config, options));
        }),
    );
  }
  return command.addHelpText('after', examples('schedule apply', 'schedule list --json', 'schedule pause sweep'));
}

type Act = (schedules: Schedules, config: Config, options: CommonOptions) => Promise<void>;

async function withSchedules(options: CommonOptions, act: Act): Promise<void> {
  const config = await configOf(options);
  const [{ withTemporal }, nightly] = await Promise.all([import('./temporal.ts'), import('./nightly.ts')]);
  await withTemporal(config, ({ skim }) => act(new nightly.Schedules(skim, config), config, options));
}

function whichOf(word: string): Which {
  if (word === 'nightly' || word === 'sweep') return word;
  throw badInput(`no schedule \`${word}\`; there are \`nightly\` and \`sweep\``);
}

interface Action {
  does: string;
  act: (schedules: Schedules, which: Which, config: Config, options: CommonOptions) => Promise<void>;
}

const ACTIONS: Record<string, Action> = {
  apply: {
    does: 'make the schedule what it is to be; changes nothing where it is so already, and leaves it paused',
    act: async (schedules, which, { fleetFile }, { json }) => {
      const applied = await schedules.apply(which);
      const source = which === 'nightly' ? `\`nightly:\` in ${fleetFile}` : '0k-chaos';
      answer(json, applied, () => WORDS[applied.state](applied.id, source));
    },
  },
  run: {
    does: 'begin a night (or a sweep) now, unless one is under way',
    act: async (schedules, which, _, { json }) => {
      const id = await schedules.change(which, 'trigger');
      const what = which === 'nightly' ? 'a night begins; `0k-chaos status` shows it' : 'a sweep begins';
      answer(json, { id, state: 'begun' }, () => `${id}: ${what}`);
    },
  },
  pause: { does: 'begin no more until `resume`', act: changing('pause', 'paused') },
  resume: { does: 'begin again', act: changing('resume', 'resumed') },
  delete: {
    does: 'remove the schedule; a night under way goes on (a worker makes the sweep again: pause that)',
    act: changing('delete', 'deleted'),
  },
};

const WORDS: Record<Applied['state'], (id: string, source: string) => string> = {
  created: (id, source) => `${id}: made of ${source}`,
  updated: (id, source) => `${id}: changed to what ${source} says`,
  unchanged: (id, source) => `${id}: is already what ${source} says; nothing changed`,
};

function changing(how: 'pause' | 'resume' | 'delete', done: string): Action['act'] {
  return async (schedules, which, _, { json }) => {
    const id = await schedules.change(which, how);
    answer(json, { id, state: done }, () => `${id}: ${done}`);
  };
}

const list: Act = async (schedules, { fleetFile }, { json }) => {
  const all = await schedules.list();
  answer(json, { schedules: all }, () =>
    all.length === 0
      ? `no schedule; \`0k-chaos schedule apply\` makes one of \`nightly:\` in ${fleetFile}`
      : table(all),
  );
};

const table = (nights: Night[]): string =>
  renderTable(
    ['schedule', 'state', 'next', 'last', 'missed', 'skipped'],
    nights.map(({ id, paused, next, last, missed, skipped }) => [
      id,
      paused ? 'paused' : 'on',
      next[0] ?? 'never',
      last ?? 'none yet',
      String(missed),
      String(skipped),
    ]),
    lookOf(process.stdout),
  );
