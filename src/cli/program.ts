import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { didYouMean } from '../fleet/nearest.ts';
import { EXIT } from '../report/exit-code.ts';
import { harmless } from '../report/look.ts';
import { splitArguments, type Arguments } from './arguments.ts';
import { examples, readers } from './common.ts';
import { badInput, tell } from './errors.ts';
import { printJson, say } from './output.ts';

interface Entry {
  does: string;
  /** Only the command that was asked for is loaded. */
  load: () => Promise<Command>;
}

/** In the order in which a new user needs them. */
export const COMMANDS: Record<string, Entry> = {
  init: {
    does: 'write a commented fleet file to start from',
    load: async () => (await import('./init.ts')).initCommand(),
  },
  trust: {
    does: 'show the SSH host keys of a machine, and trust them',
    load: async () => (await import('./trust.ts')).trustCommand(undefined, (await readers()).config),
  },
  doctor: {
    does: 'check machines, relays, clients, Temporal and the worker, with a fix for each problem',
    load: async () => (await import('./doctor.ts')).doctorCommand(),
  },
  ground: {
    does: 'the checks of the ground, really done and put back, each with its fix',
    load: async () => (await import('./ground.ts')).groundCommand(),
  },
  relays: {
    does: 'the permanent relays: up, down, kill, start, health, logs, compare …',
    load: async () => (await import('./relays.ts')).relaysCommand(),
  },
  guardian: {
    does: 'build the program of an edge client, and copy it there',
    load: async () => (await import('./guardian.ts')).guardianCommand(),
  },
  list: { does: 'the scenarios and their options', load: async () => (await import('./list.ts')).listCommand() },
  plan: {
    does: 'what a run would do: reads everything, touches nothing',
    load: async () => (await import('./plan.ts')).planCommand(),
  },
  worker: {
    does: 'the process that does the work: polls Temporal until Ctrl-C',
    load: async () => (await import('./worker.ts')).workerCommand(),
  },
  run: {
    does: 'run scenarios and follow them to their verdicts',
    load: async () => (await import('./run.ts')).runCommand(),
  },
  soak: {
    does: 'run scenarios drawn from a seed, for a time',
    load: async () => (await import('./soak.ts')).soakCommand(),
  },
  schedule: {
    does: "the fleet file's `nightly:` section: apply, list, run, pause, resume, delete",
    load: async () => (await import('./schedule.ts')).scheduleCommand(),
  },
  locks: {
    does: 'who holds what, and who waits for it; release',
    load: async () => (await import('./locks.ts')).locksCommand(),
  },
  status: { does: 'runs, or one of them', load: async () => (await import('./status.ts')).statusCommand() },
  abort: {
    does: 'end runs; each heals what it broke first',
    load: async () => (await import('./abort.ts')).abortCommand(),
  },
  brake: {
    does: 'stop everything: refuse, cancel, heal; until `--release`',
    load: async () => (await import('./brake.ts')).brakeCommand(),
  },
  inject: {
    does: 'break one thing by hand, for a while: kill, stop, pause, cut, netem …',
    load: async () => (await import('./inject.ts')).injectCommand(),
  },
  faults: {
    does: 'what is broken at this moment, from the ledgers of the machines',
    load: async () => (await import('./faults.ts')).faultsCommand(),
  },
  heal: {
    does: 'put back what is broken; needs no Temporal',
    load: async () => (await import('./heal.ts')).healCommand(),
  },
  server: {
    does: 'the Temporal server: start, stop, status, env',
    load: async () => (await import('./server.ts')).serverCommand((await readers()).settings),
  },
  codec: {
    does: 'encrypt what Temporal keeps of runs: keygen, rotate, serve',
    load: async () => (await import('./codec.ts')).codecCommand(),
  },
  lab: {
    does: 'a whole fleet on this machine: up, down, break, mend, ssh …',
    load: async () => (await import('./lab.ts')).labCommand(),
  },
};

/** Runs one command line. @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  const words = splitArguments(argv);
  // Node, our renderers and the programs that we start all look there.
  if (words.colourless) process.env['NO_COLOR'] = '1';
  try {
    await dispatch(words);
    return Number(process.exitCode ?? EXIT.passed);
  } catch (error) {
    return await failed(error, argv);
  }
}

async function dispatch({ command: name, rest }: Arguments): Promise<void> {
  const program = overview();
  if (name === 'help' && rest[0] !== undefined && !rest[0].startsWith('-')) {
    return dispatch({ command: rest[0], rest: ['--help'], json: false, colourless: false });
  }
  if (name === undefined) return (program.outputHelp({ error: true }), void (process.exitCode = EXIT.badInput));
  if (name === 'help' || name.startsWith('-')) {
    await program.parseAsync([name === 'help' ? '--help' : name], { from: 'user' });
    return;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) throw badInput(`no command \`${name}\`; ${didYouMean(name, Object.keys(COMMANDS))}`);
  const command = await entry.load();
  inherit(program, command);
  await command.parseAsync(rest, { from: 'user' });
}

/** The program without its commands' own options: enough for `--help`. */
function overview(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const program = new Command('0k-chaos')
    .description('Breaks a 0k-sync system on purpose, on real machines, and always puts it back.')
    .usage('<command> [options]')
    .version(version)
    .option('--fleet <file>', 'fleet file (default: ./fleet.yml, then your own, then the lab of this clone)')
    .option('--profile <name>', "profile of Temporal's own configuration file")
    .option('--json', 'one JSON document on stdout, everything else on stderr')
    .option('--no-color', 'no colours; so does NO_COLOR')
    .exitOverride()
    // Told once, by us.
    .configureOutput({ outputError: () => undefined });
  for (const [name, { does }] of Object.entries(COMMANDS)) program.command(name).description(does);
  program.addHelpText('after', examples('lab up', 'worker', 'run mr_01_relay_crash_failover', 'run --help'));
  program.addHelpText(
    'after',
    'Exit codes: 0 passed or done, 1 failed (the claim, a check, the lab), 2 bad input and nothing touched,\n' +
      '3 inconclusive, 4 something is not healed, 130 aborted.\n',
  );
  return program;
}

/** As commander does for commands that it made itself. */
function inherit(parent: Command, command: Command): void {
  command.copyInheritedSettings(parent);
  command.name(parent.name() === '' ? command.name() : `${parent.name()} ${command.name()}`);
  for (const child of command.commands) child.copyInheritedSettings(parent);
}

/** Tells what ended a command line. @returns the exit code */
export async function failed(error: unknown, argv: readonly string[]): Promise<number> {
  const { json, command } = splitArguments(argv);
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.passed;
  // The help of a command without its subcommand has been shown.
  if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.badInput;
  const { kind, message, exitCode, stack } = tell(error);
  if (json) printJson({ error: { kind, message } });
  say(`0k-chaos: ${harmless(message)}`);
  const known = command !== undefined && Object.hasOwn(COMMANDS, command) ? ` ${command}` : '';
  if (error instanceof CommanderError) say(`See \`0k-chaos${known} --help\`.`);
  if (stack !== undefined && (await import('../config.ts')).isDebugging()) say(stack);
  return exitCode;
}
