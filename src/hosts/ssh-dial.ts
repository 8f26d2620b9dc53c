import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Client, type ConnectConfig, type ServerHostKeyAlgorithm } from 'ssh2';
import { openStream } from './channel.ts';
import { nameOf, readKnownHosts, refusal } from './host-keys.ts';
import { HostError } from './host.ts';
import { hostKeyAlgorithms } from './known-hosts.ts';
import { credentialsOf, denied, type Credentials } from './ssh-auth.ts';
import type { SshTarget } from './ssh-config.ts';

/** An SSH connection, and those it goes through. */
export interface Link {
  client: Client;
  close(): void;
}

const TCP_MS = 10_000;
const HANDSHAKE_MS = 20_000;
/** A dead peer is noticed after (3 + 1) × 2 s. */
const KEEPALIVE = { keepaliveInterval: 2_000, keepaliveCountMax: 3 };
/** Before the second, third and fourth try. Few and slow: sshd punishes callers that hurry (PerSourcePenalties). */
const BACKOFF_MS = [250, 1_000, 2_500];
/** What a machine answers that is just starting, or has too many callers in its door (MaxStartups). */
const TRANSIENT = /ECONNREFUSED|ECONNRESET|EPIPE|EAI_AGAIN|Connection lost before handshake/;

/** What ssh2 can verify, best first. */
export const HOST_KEY_ALGORITHMS: ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** @throws HostError `unreachable`, `host-key`, `denied`. */
export async function dial(target: SshTarget): Promise<Link> {
  const credentials = credentialsOf(target);
  if (credentials.methods.length === 0) throw denied(target, credentials);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await dialOnce(target, credentials);
    } catch (error) {
      if (error instanceof HostError) throw error;
      const wait = BACKOFF_MS[attempt];
      if (wait === undefined || !TRANSIENT.test(String(error))) throw unreachable(target, error, attempt + 1);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** A byte stream to the sshd of `target`, through its jumps. */
export async function openPath(target: SshTarget): Promise<{ sock: Duplex; close(): void }> {
  const links: Link[] = [];
  const close = () => links.toReversed().forEach((link) => link.close());
  try {
    for (const [index, jump] of target.jumps.entries()) {
      const through = links.at(-1);
      const direct = { ...jump, jumps: [] };
      links.push(
        await (through ? handshake(direct, credentialsOf(jump), await forward(through, direct)) : dial(direct)),
      );
      if (index > 8) throw new Error('more than 8 jumps');
    }
    const last = links.at(-1);
    return { sock: await (last ? forward(last, target) : openTcp(target)), close };
  } catch (error) {
    close();
    throw error;
  }
}

async function dialOnce(target: SshTarget, credentials: Credentials): Promise<Link> {
  const path = await openPath(target);
  try {
    const { client } = await handshake(target, credentials, path.sock);
    client.once('close', () => path.close());
    return { client, close: () => (client.end(), path.close()) };
  } catch (error) {
    path.sock.destroy();
    path.close();
    throw error;
  }
}

async function handshake(target: SshTarget, credentials: Credentials, sock: Duplex): Promise<Link> {
  const known = readKnownHosts(target.knownHostsFiles);
  const client = new ssh2.Client();
  let refused: HostError | undefined;
  const config: ConnectConfig = {
    sock,
    username: target.user,
    authHandler: credentials.methods,
    readyTimeout: HANDSHAKE_MS,
    ...KEEPALIVE,
    algorithms: {
      serverHostKey: hostKeyAlgorithms(known, nameOf(target), HOST_KEY_ALGORITHMS) as ServerHostKeyAlgorithm[],
    },
    hostVerifier: (key: Buffer) => {
      refused = refusal(target, known, key);
      return refused === undefined;
    },
  };
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve);
    client.once('close', () => reject(refused ?? new Error('Connection lost before handshake')));
    // Stays for the life of the client: an `error` that nobody hears kills the process.
    client.on('error', (error: Error & { level?: string }) => {
      if (error.level === 'agent') credentials.tried.push(`the agent answered: ${error.message}`);
      else if (error.level === 'client-authentication') reject(denied(target, credentials, error));
      else reject(refused ?? error);
    });
    client.connect(config);
    client.setNoDelay(true);
  });
  return { client, close: () => client.end() };
}

const forward = ({ client }: Link, target: SshTarget): Promise<Duplex> =>
  openStream((done) => client.forwardOut('127.0.0.1', 0, target.host, target.port, done));

const openTcp = ({ host, port }: SshTarget): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const sock = connect({ host, port, noDelay: true });
    const timer = setTimeout(() => sock.destroy(new Error(`no answer within ${TCP_MS / 1000} s`)), TCP_MS);
    sock.once('error', (error) => (clearTimeout(timer), reject(error)));
    sock.once('connect', () => (clearTimeout(timer), resolve(sock)));
  });

function unreachable({ machine, user, host, port, jumps }: SshTarget, error: unknown, tries: number): HostError {
  const through = jumps.map((jump) => `${jump.host}:${jump.port}`).join(', ');
  const where = `${user}@${host}:${port}${through && ` through ${through}`}`;
  const why = error instanceof Error ? error.message || (error as NodeJS.ErrnoException).code : String(error);
  const times = tries > 1 ? ` (${tries} tries)` : '';
  const look = `Is it up, and does \`ssh -p ${port} ${user}@${host} true\` work from here?`;
  return new HostError('unreachable', machine, `${machine} is unreachable at \`${where}\`: ${why}${times}. ${look}`, {
    cause: error,
  });
}
