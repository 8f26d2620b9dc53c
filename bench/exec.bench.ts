import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import ssh2, { type Client } from 'ssh2';
import { createHosts } from '../src/hosts/hosts.ts';

/** An sshd to measure on. `knownHostsFile` must trust it. */
export interface Sshd {
  host: string;
  port: number;
  user: string;
  identityFile: string;
  knownHostsFile: string;
}

/** `ours` and `theirs` in ms, the median of their rounds; `ratio` is to stay at or under `bar`. */
export interface Row {
  name: string;
  ours: number;
  theirs: number;
  ratio: number;
  bar: number;
  /** The ratio is theirs to ours, and is to stay at or above `bar`. */
  atLeast?: true;
  note?: string;
}

type Once = () => Promise<unknown>;

/** One `/bin/true` (no shell's builtin) through our Host against a pooled raw ssh2 exec and against a spawned `ssh`, in turns, so that all see the same machine. */
export async function benchExec(sshd: Sshd, rounds = 200): Promise<Row[]> {
  const hosts = createHosts({ stateDir: '/nonexistent', sshConfigFile: '/dev/null', machines: { it: { ssh: sshd } } });
  const client = await rawClient(sshd);
  const sshArgv = [...sshWords(sshd), '/bin/true'];
  const spawn = promisify(execFile);
  try {
    const ours: Once = () => hosts.get('it').exec(['/bin/true']);
    const [pooled, raw] = await inTurns(ours, () => rawExec(client, '/bin/true'), rounds);
    const [kept, spawned] = await inTurns(ours, () => spawn('ssh', sshArgv), Math.ceil(rounds / 10));
    return [
      row('exec through Host ÷ raw ssh2 pooled exec', pooled, raw, 1.2),
      row('exec through Host ÷ spawning ssh', kept, spawned, 0.1),
    ];
  } finally {
    client.end();
    await hosts.close();
  }
}

/** For the system's `ssh`: everything before the command. */
export function sshWords({ host, port, user, identityFile, knownHostsFile }: Sshd): string[] {
  const options = [`UserKnownHostsFile=${knownHostsFile}`, 'IdentitiesOnly=yes', 'BatchMode=yes', 'LogLevel=ERROR'];
  const words = options.flatMap((option) => ['-o', option]);
  return ['-F', '/dev/null', ...words, '-i', identityFile, '-p', String(port), `${user}@${host}`];
}

/** Median ms of each, the two by turns; a tenth more rounds come first and do not count. */
async function inTurns(one: Once, other: Once, rounds: number): Promise<[number, number]> {
  const times: [number[], number[]] = [[], []];
  const warmUp = Math.ceil(rounds / 10);
  for (let round = -warmUp; round < rounds; round += 1) {
    const [first, second] = [await timed(one), await timed(other)];
    if (round < 0) continue;
    times[0].push(first);
    times[1].push(second);
  }
  return [median(times[0]), median(times[1])];
}

async function timed(once: Once): Promise<number> {
  const begun = performance.now();
  await once();
  return performance.now() - begun;
}

const median = (times: number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

const row = (name: string, ours: number, theirs: number, bar: number): Row => ({
  ...{ name, bar, ratio: round(ours / theirs, 3) },
  ...{ ours: round(ours, 2), theirs: round(theirs, 2) },
});

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** As good as raw ssh2 gets: kept, and without Nagle's delay. */
async function rawClient({ host, port, user, identityFile }: Sshd): Promise<Client> {
  const client = new ssh2.Client();
  const privateKey = await readFile(identityFile);
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve).on('error', reject);
    client.connect({ sock: connect({ host, port, noDelay: true }), username: user, privateKey });
  });
  client.setNoDelay(true);
  return client;
}

const rawExec = (client: Client, command: string): Promise<number> =>
  new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error);
      let exitCode = -1;
      channel.on('exit', (code: number) => (exitCode = code)).once('close', () => resolve(exitCode));
      channel.resume().stderr.resume();
    });
  });
