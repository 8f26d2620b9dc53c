import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** True when a process listens on this port of 127.0.0.1: that very one, and not a second server that was quicker. */
export async function listensOn(pid: number, port: number): Promise<boolean> {
  if (!(await answers(port))) {
    return false;
  }
  const inode = process.platform === 'linux' ? listeningInode(port) : undefined;
  return inode === undefined || holdsSocket(pid, inode);
}

const answers = async (port: number): Promise<boolean> => (await failure(LOOPBACK, port)) === undefined;

/** The error, where `host:port` refuses connections at once. Undefined: it does not, or we cannot tell. */
export async function whyRefused(address: string): Promise<Error | undefined> {
  const [, host, port] = /^([\w.-]+):(\d{1,5})$/.exec(address) ?? [];
  const error = host === undefined ? undefined : await failure(host, Number(port));
  return error?.code === 'ECONNREFUSED' ? error : undefined;
}

/** Why no TCP connection came about within a second. */
function failure(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((settle) => {
    const socket = createConnection({ host, port, timeout: 1000 });
    const end = (error?: NodeJS.ErrnoException): void => {
      settle(error);
      socket.destroy();
    };
    socket.once('error', end).once('connect', () => end());
    socket.once('timeout', () => end(new Error(`no answer from ${host}:${port} within 1 s`)));
  });
}

/** Columns of proc_net_tcp(5): local address in hex, remote, state (0A listens), …, the tenth the socket's inode. */
function listeningInode(port: number): string | undefined {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return rows.map((row) => row.trim().split(/\s+/)).find((row) => row[1] === local && row[3] === '0A')?.[9];
}

function holdsSocket(pid: number, inode: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return namesIn(folder).some((fd) => target(`${folder}/${fd}`) === `socket:[${inode}]`);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function target(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

export const isFree = async (port: number): Promise<boolean> => (await listenFor(port)) !== undefined;

/** A port that nobody listens on at this moment. */
export async function anyFreePort(): Promise<number> {
  const port = await listenFor(0);
  if (port === undefined) {
    throw new Error('no free TCP port on 127.0.0.1');
  }
  return port;
}

/** Listens for a moment: the port that it was, undefined where that is taken. */
function listenFor(port: number): Promise<number | undefined> {
  return new Promise((settle) => {
    const server = createServer();
    server.once('error', () => settle(undefined));
    server.listen({ host: LOOPBACK, port }, () => {
      const found = (server.address() as AddressInfo).port;
      server.close(() => settle(found));
    });
  });
}
