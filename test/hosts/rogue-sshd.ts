import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { keygen } from './sshd.ts';

/** An sshd of somebody who means us ill, with a host key that is trusted all the same. */
export interface Rogue {
  port: number;
  knownHostsFile: string;
  /** What it was asked for that it should not be: an agent, X11, a port. */
  asked: string[];
  /** Tries to open channels back to us. */
  grabs(): Promise<Record<'x11' | 'forwarded', 'refused' | 'let in'>>;
  stop(): Promise<void>;
}

type Behaviour = (channel: ServerChannel, command: string) => void;

/** Lets anybody in, and answers every command as `behave` says. */
export async function startRogue(dir: string, behave: Behaviour, banner?: string): Promise<Rogue> {
  const key = join(dir, 'rogue');
  if (!existsSync(key)) keygen(key);
  const connections: Connection[] = [];
  const asked: string[] = [];
  const config = { hostKeys: [readFileSync(key)], ...(banner === undefined ? {} : { banner }) };
  const server = new ssh2.Server(config, (client) => {
    connections.push(client);
    client.on('error', () => undefined);
    client.on('authentication', (context) => context.accept());
    client.on('request', (_, reject, name) => (asked.push(name), reject?.()));
    client.on('session', (accept) => {
      const session = accept();
      session.on('auth-agent', (acceptAgent) => (asked.push('agent'), acceptAgent()));
      session.on('x11', (acceptX11) => (asked.push('x11'), acceptX11()));
      session.on('pty', (acceptPty) => acceptPty());
      session.on('exec', (acceptExec, _, { command }) => {
        const channel = acceptExec();
        channel.on('error', () => undefined);
        behave(channel, command);
      });
    });
  });
  const sockets: Socket[] = [];
  // `injectSocket` is missing in the types of ssh2.
  const { injectSocket } = server as unknown as { injectSocket: (this: typeof server, socket: Socket) => void };
  const door = createServer((socket) => (sockets.push(socket), injectSocket.call(server, socket)));
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const { port } = door.address() as AddressInfo;
  const [type, shown] = readFileSync(`${key}.pub`, 'utf8').split(' ');
  const knownHostsFile = join(dir, 'rogue.known');
  writeFileSync(knownHostsFile, `[127.0.0.1]:${port} ${type} ${shown}\n`);
  const stop = () => new Promise<void>((done) => (door.close(() => done()), sockets.forEach((one) => one.destroy())));
  return { port, knownHostsFile, asked, stop, grabs: () => grab(connections.at(-1)) };
}

async function grab(client: Connection | undefined): ReturnType<Rogue['grabs']> {
  type Open = (done: (error?: Error) => void) => void;
  const tried = (open: Open) =>
    new Promise<'refused' | 'let in'>((resolve) => open((error) => resolve(error ? 'refused' : 'let in')));
  return {
    x11: await tried((done) => client?.x11('127.0.0.1', 6000, done)),
    forwarded: await tried((done) => client?.forwardOut('127.0.0.1', 22, '127.0.0.1', 22, done)),
  };
}

/** Sends bytes to whoever connects, as fast as they are read, for as long as they are: no SSH at all. */
export async function startFlood(chunk: string): Promise<{ port: number; stop: () => void }> {
  const server = createServer((socket) => {
    const more = (): void => void (socket.writable && socket.write(chunk, () => setImmediate(more)));
    socket.on('error', () => undefined);
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, stop: () => void server.close() };
}
