import Dockerode from 'dockerode';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { Argv } from '../faults/argv.ts';
import { openStream } from './channel.ts';
import { BoundedAgent, StreamAgent } from './docker-agent.ts';
import { readAnswer, versions } from './docker-state.ts';
import { HostError, type ExecResult } from './host.ts';
import { quoteAll } from './quote.ts';
import type { SshConnection } from './ssh-connection.ts';

/** A way to the Docker engine of one machine. */
export interface DockerRoute {
  /** Ready to use; the same as long as the connection under it lives. */
  api(): Promise<Dockerode>;
  close(): void;
}

/** The newest API that this code was tried with. */
const NEWEST_API = '1.47';

export const localRoute = (host: string, socketPath: string): DockerRoute => {
  let api: Promise<Dockerode> | undefined;
  // `agent` is missing in the types of dockerode.
  const options = { socketPath, agent: new BoundedAgent() } as Dockerode.DockerOptions;
  const ask = () => negotiate(host, (version) => new Dockerode({ ...options, ...version }));
  return {
    api: () => (api ??= ask().catch((error: unknown) => ((api = undefined), Promise.reject(error as Error)))),
    close: () => {},
  };
};

/** Over the SSH connection: its own stream to the engine's socket, or `docker system dial-stdio` where sshd or the socket refuses that. */
export function sshRoute(host: string, socket: string, connection: SshConnection, exec: Exec): DockerRoute {
  const apis = new WeakMap<Client, Promise<Dockerode>>();
  let agent: StreamAgent | undefined;
  const build = async (client: Client): Promise<Dockerode> => {
    agent?.destroy();
    const carrier = (agent = await chooseAgent(host, socket, connection, client, exec));
    // `agent` is missing in the types of dockerode.
    const options = { protocol: 'http', host: 'docker', port: 80, agent: carrier } as Dockerode.DockerOptions;
    return negotiate(host, (version) => new Dockerode({ ...options, ...version }));
  };
  return {
    api: async () => {
      const client = await connection.client();
      const api = apis.get(client) ?? build(client);
      apis.set(client, api);
      api.catch(() => apis.delete(client));
      return api;
    },
    close: () => agent?.destroy(),
  };
}

type Exec = (argv: Argv) => Promise<ExecResult>;

async function chooseAgent(host: string, socket: string, connection: SshConnection, client: Client, exec: Exec) {
  // A first exec also has sshd set TCP_NODELAY on its side, which it does for no forwarded stream.
  const look =
    'id -u; if [ ! -S "$1" ]; then echo missing; elif [ -r "$1" ] && [ -w "$1" ]; then echo open; else echo closed; fi';
  const [uid, state] = (await exec(['sh', '-c', look, 'look', socket])).stdout.trim().split('\n').slice(-2);
  if (state === 'missing') throw noSocket(host, socket);
  if (state === 'open' && (await forwards(client, socket))) return new StreamAgent(() => forward(client, socket), true);
  const asRoot = state === 'open' || uid === '0' ? [] : ['sudo', '-n', '--'];
  const docker = [...asRoot, 'docker', '-H', `unix://${socket}`];
  const tried = await exec([...docker, 'version', '--format', '{{.Server.APIVersion}}']);
  if (tried.exitCode !== 0) throw noAccess(host, socket, docker, tried);
  return new StreamAgent(() => dialStdio(connection, [...docker, 'system', 'dial-stdio']), false);
}

const forwards = (client: Client, socket: string): Promise<boolean> =>
  forward(client, socket).then(
    (stream) => (stream.destroy(), true),
    () => false,
  );

const forward = (client: Client, socket: string): Promise<Duplex> =>
  openStream((done) => client.openssh_forwardOutStreamLocal(socket, done));

const dialStdio = (connection: SshConnection, argv: Argv): Promise<Duplex> =>
  connection.session({ command: `exec ${quoteAll(argv)}`, patience: { timeoutMs: 30_000 } }, (channel) => {
    channel.stderr.resume();
    return channel;
  });

/** Engines refuse an API that they do not know, or no longer: take the newest that both sides know. */
async function negotiate(host: string, open: (version: { version?: string }) => Dockerode): Promise<Dockerode> {
  const answer = await open({})
    .version()
    .catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new HostError(
        'docker',
        host,
        `The Docker engine of ${host} does not answer: ${why}. Does \`docker version\` work there?`,
        {
          cause: error,
        },
      );
    });
  const { ApiVersion, MinAPIVersion } = readAnswer(host, 'version', versions, answer);
  const ours = older(ApiVersion, NEWEST_API) ? ApiVersion : NEWEST_API;
  return open({ version: `v${MinAPIVersion && older(ours, MinAPIVersion) ? MinAPIVersion : ours}` });
}

function older(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major === otherMajor ? minor < otherMinor : major < otherMajor;
}

const noSocket = (host: string, socket: string): HostError =>
  new HostError(
    'docker',
    host,
    `${host} has no Docker socket at \`${socket}\`: start its engine there, or set \`machines.${host}.docker.socket\``,
  );

const noAccess = (host: string, socket: string, docker: Argv, { stderr, exitCode }: ExecResult): HostError =>
  new HostError(
    'docker',
    host,
    `The Docker socket \`${socket}\` of ${host} is not open to us, and \`${docker.join(' ')} version\` exited ${exitCode}: ` +
      `${stderr.trim()}. Put the user into the group \`docker\`, or allow that command in sudoers`,
  );
