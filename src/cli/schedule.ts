import { Command } from 'commander';
import type { Config } from '../config.ts';
import { renderTable } from '../report/table.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { answer, lookOf } from './output.ts';
import type { Applied, Night } from './nightly.ts';

/** `0k-chaos schedule`: the fleet file's `nightly:` section as a Temporal schedule. */
export function scheduleCommand(): Command {
  const command = new Command('schedule').description("the fleet file's `nightly:` section as a Temporal schedule");
  for (const [name, { does, act }] of Object.entries(ACTIONS)) {
    command.addCommand(
      common(new Command(name))
        .description(does)
        .action(async (options: CommonOptions) => {
          const config = await configOf(options);
          const [{ withTemporal }, nightly] = await Promise.all([import('./temporal.ts'), import('./nightly.ts')]);
          await withTemporal(config, ({ client }) => act(new nightly.Nights(client, config), config, options));
        }),
    );
  }
  return command.addHelpText('after', examples('schedule apply', 'schedule list --json', 'schedule pause'));
}

interface Action {
  does: string;
  act: (nights: import('./nightly.ts').Nights, config: Config, options: CommonOptions) => Promise<void>;
}

const ACTIONS: Record<string, Action> = {
  apply: {
    does: 'make the schedule what the fleet file says; changes nothing where it is so already',
    act: async (nights, { fleetFile }, { json }) => {
      const applied = await nights.apply();
      answer(json, applied, () => WORDS[applied.state](applied.id, fleetFile));
    },
  },
  list: {
    does: 'the schedule: next night, last night, nights that were missed',
    act: async (nights, { fleetFile }, { json }) => {
      const all = await nights.list();
      answer(json, { schedules: all }, () =>
        all.length === 0
          ? `no schedule; \`0k-chaos schedule apply\` makes one of \`nightly:\` in ${fleetFile}`
          : table(all),
      );
    },
  },
  run: {
    does: 'begin a night now, unless one is under way',
    act: async (nights, _, { json }) => {
      const id = await nights.run();
      answer(json, { id, state: 'begun' }, () => `${id}: a night begins; \`0k-chaos status\` shows it`);
    },
  },
  pause: { does: 'begin no more nights until `resume`', act: (nights, _, options) => change(nights, 'pause', options) },
  resume: { does: 'begin nights again', act: (nights, _, options) => change(nights, 'resume', options) },
  delete: {
    does: 'remove the schedule; a night under way goes on',
    act: (nights, _, options) => change(nights, 'delete', options),
  },
};

const WORDS: Record<Applied['state'], (id: string, file: string) => string> = {
  created: (id, file) => `${id}: made of \`nightly:\` in ${file}`,
  updated: (id, file) => `${id}: changed to what \`nightly:\` in ${file} says`,
  unchanged: (id, file) => `${id}: is already what \`nightly:\` in ${file} says; nothing changed`,
};

const DONE = { pause: 'paused', resume: 'resumed', delete: 'deleted' } as const;

async function change(
  nights: import('./nightly.ts').Nights,
  how: keyof typeof DONE,
  { json }: CommonOptions,
): Promise<void> {
  const id = await nights[how]();
  answer(json, { id, state: DONE[how] }, () => `${id}: ${DONE[how]}`);
}

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
