import { spawnSync } from 'node:child_process';
import { Command, InvalidArgumentError, Option } from 'commander';
import { sshWords } from '../../lab/ssh.ts';
import { LabError } from '../../lab/error.ts';
import { sshTarget, userOf } from '../../lab/fleet-file.ts';
import type { MachinesKind } from '../../lab/machines.ts';
import * as lab from '../../lab/lab.ts';
import { MACHINE_NAMES, type MachineName } from '../../lab/qemu-words.ts';
import { loadSettings } from '../config.ts';
import { examples } from './common.ts';
import { addBugs } from './lab/bugs.ts';
import { type Common, common } from './lab/common.ts';
import { mayInstall } from './may-install.ts';
import { printJson as print, say as progress } from './output.ts';

interface Up extends Common {
  realTimes?: boolean;
  bugs?: string;
  yes?: boolean;
  machines?: MachinesKind;
}

/** `0k-chaos lab`: a fleet on this machine. */
export function labCommand(): Command {
  const command = new Command('lab')
    .description(
      'a fleet on this machine: beast and guardian in containers or small virtual machines, this machine as q',
    )
    .addHelpText(
      'after',
      examples('lab up', 'lab ssh beast -- docker ps', 'lab break logs-base64 relay-2', 'lab down'),
    );
  upLike(command.command('up').description('start the lab; the first time builds it (about 2 minutes)')).action(
    async (options: Up) => present(await lab.labUp(upOptions(options)), options),
  );
  upLike(command.command('reset').description('start the lab afresh, as it first came up')).action(
    async (options: Up) => present(await lab.labReset(upOptions(options)), options),
  );
  common(command.command('down').description('end every process of the lab')).action(down);
  common(command.command('status').description('what runs, and how it is reached')).action(status);
  addSwitches(command);
  return command;
}

function addSwitches(command: Command): void {
  common(command.command('second-path').description('let guardian reach the relays by way of q as well'))
    .argument('<on|off>', 'on or off', onOrOff)
    .action((on: boolean, options: Common) =>
      answer(options, { secondPath: on }, () => lab.setSecondPath(on, options)),
    );
  common(command.command('power').description('pull the plug of a machine, or start it again'))
    .argument('<off|on>', 'on or off', onOrOff)
    .argument('<machine>', MACHINE_NAMES.join(' or '), machineName)
    .action((on: boolean, machine: MachineName, options: Common) =>
      answer(options, { machine, power: on ? 'on' : 'off' }, () => (on ? lab.powerOn : lab.powerCut)(machine, options)),
    );
  addBugs(command);
  command
    .command('ssh')
    .description('a shell on a machine, or one command: 0k-chaos lab ssh beast -- docker ps')
    .option('--name <lab>', "a lab of another name than this clone's")
    .argument('<machine>', MACHINE_NAMES.join(' or '), machineName)
    .argument('[command...]')
    .action(shell);
}

function upLike(command: Command): Command {
  return common(command)
    .option('--real-times', "the product's time constants, not a tenth of them (a fifth on emulated machines)")
    .option('--bugs <names>', 'bugs to plant in the stand-ins, separated by commas')
    .addOption(
      new Option(
        '--machines <kind>',
        'what the machines are (default: containers on a Docker engine with netem, else vm)',
      ).choices(['vm', 'containers']),
    )
    .option('-y, --yes', 'install missing Debian packages without asking');
}

function upOptions(options: Up): lab.LabUpOptions {
  return {
    ...options,
    progress,
    mayInstall: (packages) => mayInstall(packages, options.yes === true || loadSettings().ci, progress),
  };
}

async function down(options: Common): Promise<void> {
  const ran = await lab.labDown({ ...options, progress });
  if (options.json) print({ up: false, wasUp: ran });
  else progress(ran ? 'the lab is down' : 'the lab was not up');
}

async function status(options: Common): Promise<void> {
  const info = await lab.labStatus(options);
  if (info) return present(info, options);
  if (options.json) print({ up: false });
  else process.stdout.write('There is no lab yet. Start one with `0k-chaos lab up`.\n');
}

function present(info: lab.LabInfo, options: Common): void {
  if (options.json) return print(info);
  const lines = [
    `lab        ${info.name}: ${info.up ? 'up' : 'down'}, ${info.why}`,
    `fleet      ${info.fleetFile}`,
    ...info.machines.map(
      ({ machine, pid, residentBytes }) =>
        `${machine.padEnd(10)} ${pid === null ? 'off' : `127.0.0.1:${info.ports.ssh[machine]} (ssh), ${Math.round(residentBytes / 1e6)} MB`}`,
    ),
    ...info.relays.map(
      ({ name, health, healthy }) => `${name.padEnd(10)} ${healthy ? 'healthy' : 'not healthy'}, ${health}`,
    ),
    `discovery  ${info.discovery === null ? 'not running' : `127.0.0.1:${info.ports.discovery} (udp)`}`,
    ...(info.secondPath ? ['second path: on'] : []),
    ...(info.bugs ? [`bugs       ${info.bugs}`] : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function answer(options: Common, done: Record<string, unknown>, act: () => Promise<void>): Promise<void> {
  await act();
  if (options.json) print(done);
  else
    progress(
      Object.entries(done)
        .map(([key, value]) => `${key}: ${String(value)}`)
        .join(', '),
    );
}

async function shell(machine: MachineName, words: string[], options: Common): Promise<void> {
  const info = await lab.labStatus(options);
  if (!info?.up) throw new LabError('the lab is not up. Start it with `0k-chaos lab up`.', 2);
  const [program = '', ...rest] = sshWords(sshTarget(info, machine), userOf(machine), words);
  process.exitCode = spawnSync(program, rest, { stdio: 'inherit' }).status ?? 1;
}

function onOrOff(word: string): boolean {
  if (word !== 'on' && word !== 'off') throw new InvalidArgumentError('it is `on` or `off`.');
  return word === 'on';
}

function machineName(word: string): MachineName {
  const name = MACHINE_NAMES.find((machine) => machine === word);
  if (!name) throw new InvalidArgumentError(`it is ${MACHINE_NAMES.map((machine) => `\`${machine}\``).join(' or ')}.`);
  return name;
}
