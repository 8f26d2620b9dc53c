import { Command } from 'commander';
import { common, examples } from './common.ts';
import { compare, health, ids, metrics } from './relays/look.ts';
import { logs } from './relays/logs.ts';
import { byHand } from './relays/hand.ts';
import { down, rebuild, up } from './relays/project.ts';

/** `0k-chaos relays …` */
export function relaysCommand(): Command {
  const command = new Command('relays').description('the permanent relays of the fleet');
  const add = (words: string, does: string): Command => common(command.command(words)).description(does);
  const some = (words: string, does: string): Command => add(words, does).argument('[relay...]', 'default: all');

  add('up', 'create and start what the Compose file describes, and wait until every relay is healthy').action(up);
  add('down', 'remove the containers; asks first')
    .option('--volumes', 'and everything that the relays have stored: says how much, and asks')
    .option('-y, --yes', 'without asking')
    .option('--force', 'though a run is under way')
    .action(down);
  add('rebuild', 'pull the sources, build the images anew, start them, wait until every relay is healthy')
    .option('--no-pull', 'build the sources that are there')
    .option('--force', 'though a run is under way')
    .action(rebuild);
  for (const verb of ['kill', 'start', 'restart'] as const) addHand(command, verb);

  some('health', 'what each relay answers at its health address').action(health);
  some('ids', 'the endpoint id that each relay has now').action(ids);
  some('metrics', 'the metrics of the relays, side by side')
    .option('--raw', 'as the relay prints them')
    .action(metrics);
  some('compare', 'the relays side by side: id, uptime, blobs, connections, memory, open files, errors').action(
    compare,
  );
  some('logs', 'what the relays have logged')
    .option('-f, --follow', 'and what they log from now on, until Ctrl-C')
    .option('--tail <lines>', 'the last so many lines of each', '100')
    .action(logs);
  command.addHelpText(
    'after',
    examples('relays compare', 'relays logs -f relay-1', 'relays kill relay-1 --signal SIGINT'),
  );
  return command;
}

const DOES = {
  kill: 'kill relays at once; they stay down until they are started',
  start: 'start relays, and wait until they are healthy and have said their new endpoint id',
  restart: 'stop relays in good order and start them; each gets a new endpoint id',
};

function addHand(command: Command, verb: keyof typeof DOES): void {
  const made = common(command.command(verb)).description(DOES[verb]).argument('<relay...>', 'names, globs, or `all`');
  if (verb === 'kill') made.option('--signal <name>', 'SIGKILL, SIGINT, …', 'SIGKILL');
  made.option('--force', 'though a run is under way, or a lease holds the relay').action(byHand(verb));
}
