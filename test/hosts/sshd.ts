import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { SshConnection } from '../../src/hosts/ssh-connection.ts';
import { sshHost } from '../../src/hosts/ssh-host.ts';
import type { DockerEngine, Host } from '../../src/hosts/host.ts';

/** A real sshd (package openssh-server) on a loopback port, with keys of its own and a known_hosts that trusts it. */
export interface TestSshd {
  dir: string;
  port: number;
  identityFile: string;
  knownHostsFile: string;
  hostKey: string;
  stop(): Promise<void>;
}

export async function startSshd(extra: string[] = [], path = '/usr/local/bin:/usr/bin:/bin'): Promise<TestSshd> {
  const dir = await mkdtemp(join(tmpdir(), '0k-chaos-sshd-'));
  const port = await freePort();
  for (const name of ['host', 'user']) keygen(join(dir, name));
  writeFileSync(join(dir, 'authorized_keys'), readFileSync(join(dir, 'user.pub')), { mode: 0o600 });
  const [type = '', key = ''] = readFileSync(join(dir, 'host.pub'), 'utf8').split(' ');
  writeFileSync(join(dir, 'known_hosts'), `[127.0.0.1]:${port} ${type} ${key}\n`);
  writeFileSync(join(dir, 'config'), config(dir, port, path, extra));
  execFileSync('mkdir', ['-p', '/run/sshd']);
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(dir, 'config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await untilListening(child);
  return {
    dir,
    port,
    identityFile: join(dir, 'user'),
    knownHostsFile: join(dir, 'known_hosts'),
    hostKey: key,
    stop: async () => {
      await killTree(child);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const keygen = (file: string, passphrase = '', type = 'ed25519'): void => {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file]);
};

/** The engine of hosts that have none. */
export const noDocker = {} as DockerEngine;

function connectionTo(sshd: TestSshd, over: Record<string, unknown> = {}): SshConnection {
  const { port, identityFile, knownHostsFile } = sshd;
  const ssh = { host: '127.0.0.1', port, user: userInfo().username, identityFile, knownHostsFile, ...over };
  return new SshConnection('guardian', ssh, { stateDir: join(sshd.dir, 'state'), sshConfigFile: '/dev/null' });
}

export function hostOf(sshd: TestSshd, over: Record<string, unknown> = {}): { host: Host; connection: SshConnection } {
  const connection = connectionTo(sshd, over);
  return { connection, host: sshHost('guardian', connection, noDocker) };
}

/** A way to the sshd that can be cut, and that keeps what comes back for `delayMs`, so that it arrives in one piece. */
export async function startProxy(
  port: number,
  delayMs = 0,
): Promise<{ port: number; cut(): void; stop(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => (open.delete(one), other.destroy()));
      if (delayMs === 0 || one === near) one.pipe(other);
      else inPieces(one, other, delayMs);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => open.forEach((socket) => socket.destroy());
  const stop = () => new Promise<void>((resolve) => (server.close(() => resolve()), cut()));
  return { port: (server.address() as AddressInfo).port, cut, stop };
}

function inPieces(from: Socket, to: Socket, delayMs: number): void {
  let kept: Buffer[] = [];
  from.on('data', (chunk: Buffer) => {
    if (kept.push(chunk) > 1) return;
    setTimeout(() => {
      to.write(Buffer.concat(kept));
      kept = [];
    }, delayMs);
  });
}

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const config = (dir: string, port: number, path: string, extra: string[]): string =>
  [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(dir, 'host')}`,
    `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
    `PidFile ${join(dir, 'pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    // bash then takes itself for a nested shell and does not spend 100 ms and more on a ~/.bashrc.
    `SetEnv SHLVL=2 PATH=${path}`,
    ...extra,
    '',
  ].join('\n');

function untilListening(child: ChildProcess): Promise<void> {
  let log = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('Server listening')) resolve();
    });
    child.once('exit', () => reject(new Error(`sshd did not start: ${log}`)));
    child.once('error', reject);
  });
}

/** sshd has a child for each connection. */
async function killTree(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}
