import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { shown } from '../../hosts/follow.ts';
import { NotSo, type GroundCheck } from './check.ts';
import { fail, ok, SEE, warn, type Observation } from './observation.ts';
import { unreached } from './machine.ts';
import type { Scratch } from './scratch.ts';

const SSH_FIX = 'see `0k-chaos doctor`; try `ssh` to that machine by hand';
const CLOCK_SECONDS = 5;
/** More than a pipe, a channel's window or an output's limit holds. */
const FILE_BYTES = 3 * 1024 * 1024;

export const sshChecks: GroundCheck[] = [
  {
    name: 'ssh_exec_beast_whoami',
    does: 'SSH to the machine of the relays as the user of the fleet file.',
    fix: SSH_FIX,
    run: async (scratch) => whoami(scratch, scratch.playing('relayMachine')),
  },
  {
    name: 'ssh_exec_beast_docker_version',
    does: 'The Docker engine of the machine of the relays answers.',
    fix: 'see `0k-chaos doctor`; try `docker version` there',
    run: dockerVersion,
  },
  {
    name: 'ssh_exec_guardian_whoami',
    does: 'SSH to the edge machine as the user of the fleet file.',
    fix: SSH_FIX,
    run: async (scratch) => whoami(scratch, scratch.client('edge').machine),
  },
  {
    name: 'ssh_exec_nonexistent_command',
    does: 'A command that is not there ends as such on every machine: exit 127 and words, neither silence nor success.',
    fix: 'look at the login shell of that user, and what its profile runs',
    run: (scratch) => onBoth(scratch, nonexistent),
  },
  {
    name: 'ssh_scp_round_trip',
    does: 'A file of 3 MiB goes to every machine and comes back, the same by its sha256 on both ends.',
    fix: 'see whether /tmp there is full or not to be written',
    run: (scratch) => onBoth(scratch, roundTrip),
  },
];

async function whoami({ deps }: Scratch, machine: string): Promise<Observation[]> {
  const sentAt = Date.now();
  const answer = await deps.hosts
    .get(machine)
    .exec(['sh', '-c', 'whoami && date +%s'], { timeoutMs: 20_000 })
    .catch((error: Error) => unreached(error));
  if ('state' in answer) return [answer];
  const [said = '', seconds = ''] = answer.stdout.trim().split('\n');
  const user = deps.fleet.machines[machine]?.ssh?.user;
  if (answer.exitCode !== 0 || (user !== undefined && said !== user)) {
    const evidence = `\`whoami\` on ${machine} printed \`${said || answer.stderr.trim()}\` (exit ${answer.exitCode})`;
    return [fail(`${evidence}${user === undefined ? '' : `, not \`${user}\``}`, SSH_FIX)];
  }
  return [ok(`${said} on ${machine}`), ...clockOff(machine, Number(seconds), sentAt)];
}

function clockOff(machine: string, thereSeconds: number, sentAt: number): Observation[] {
  const roundTrip = (Date.now() - sentAt) / 1000;
  const off = Math.round(thereSeconds - sentAt / 1000 - roundTrip / 2);
  if (Math.abs(off) < CLOCK_SECONDS + roundTrip) return [];
  const what = `the clock of ${machine} is ${off} s off ours: certificates, discovery and logs suffer`;
  return [warn(what, `set it: \`timedatectl set-ntp true\` on ${machine}`)];
}

async function dockerVersion(scratch: Scratch): Promise<Observation[]> {
  const machine = scratch.playing('relayMachine');
  const { version, apiVersion } = await scratch.deps.hosts.get(machine).docker().version();
  return [ok(`Docker ${version} on ${machine}, API ${apiVersion}`)];
}

/** On the machine of the relays and on the edge. */
async function onBoth(scratch: Scratch, look: (scratch: Scratch, machine: string) => Promise<Observation>) {
  const machines = new Set([scratch.playing('relayMachine'), scratch.client('edge').machine]);
  return Promise.all([...machines].map((machine) => look(scratch, machine)));
}

async function nonexistent({ deps }: Scratch, machine: string): Promise<Observation> {
  const argv = [`0k-chaos-no-such-command-${randomUUID()}`];
  const { exitCode, stdout, stderr } = await deps.hosts.get(machine).exec(argv, { timeoutMs: 20_000 });
  const said = `${stdout}${stderr}`.trim();
  if (exitCode === 127 && said !== '') return ok(`${machine}: exit 127`);
  return fail(`${shown(argv)} on ${machine} exited ${exitCode}, and printed \`${said.slice(0, 200)}\``, SEE);
}

async function roundTrip(scratch: Scratch, machine: string): Promise<Observation> {
  const host = scratch.deps.hosts.get(machine);
  const { folder } = scratch;
  const file = `${folder}/round-trip`;
  const content = randomBytes(FILE_BYTES);
  const wanted = sha256(content);
  await scratch.leaving('folder', machine, () => host.exec(['mkdir', '-p', '-m', '700', '--', folder]));
  await host.put(file, content);
  const { stdout, stderr } = await host.exec(['sha256sum', '--', file]);
  const there = stdout.slice(0, 64);
  if (there !== wanted) throw altered(machine, `there sha256 is \`${there || stderr.trim()}\`, here \`${wanted}\``);
  const back = sha256(await host.get(file));
  if (back !== wanted) throw altered(machine, `it came back as \`${back}\`, and was sent as \`${wanted}\``);
  return ok(`${machine}: ${FILE_BYTES} bytes, sha256 ${wanted.slice(0, 8)}… on both ends`);
}

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

const altered = (machine: string, how: string): NotSo =>
  new NotSo(
    `a file of ${FILE_BYTES} bytes is not the same on ${machine}: ${how}`,
    'try `scp` by hand; look at its disk',
  );
