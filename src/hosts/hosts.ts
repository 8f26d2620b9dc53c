import { ownEnvironment } from '../config.ts';
import type { Machine } from '../fleet/schema.ts';
import type { Argv } from '../faults/argv.ts';
import { didYouMean } from '../fleet/nearest.ts';
import { rootExec } from './as-root.ts';
import { Engine } from './docker-engine.ts';
import type { KillOnHost } from './docker-exec.ts';
import { localRoute, sshRoute, type DockerRoute } from './docker-route.ts';
import { HostError, type DockerEngine, type Host, type Hosts } from './host.ts';
import { localHost } from './local-host.ts';
import { SshConnection } from './ssh-connection.ts';
import { sshHost } from './ssh-host.ts';

type ReachedMachine = Pick<Machine, 'local' | 'ssh' | 'docker'>;
type Machines = Record<string, ReachedMachine>;

interface Settings {
  /** Where `0k-chaos trust` keeps known_hosts. */
  stateDir: string;
  /** Of local commands; SSH_AUTH_SOCK is the socket of the agent. Default: ours. */
  env?: NodeJS.ProcessEnv;
  /** In place of the user's own ssh_config. */
  sshConfigFile?: string;
}

/** A `Config` as it is, or machines alone. */
export type HostsOptions = Settings & ({ fleet: { machines: Machines } } | { machines: Machines });

interface Reached {
  host: Host;
  close(): Promise<void>;
}

const DOCKER_SOCKET = '/var/run/docker.sock';

/** Connections to the machines of a fleet, opened when first needed. */
export function createHosts(options: HostsOptions): Hosts {
  const reached = new Map<string, Reached>();
  return {
    get(machine, purpose = 'work') {
      const key = `${purpose} ${machine}`;
      const known = reached.get(key) ?? reach(machine, options);
      reached.set(key, known);
      return known.host;
    },
    async close() {
      const open = [...reached.values()];
      reached.clear();
      await Promise.all(open.map((one) => one.close()));
    },
  };
}

function reach(name: string, options: HostsOptions): Reached {
  const { machines } = 'fleet' in options ? options.fleet : options;
  const machine = Object.hasOwn(machines, name) ? machines[name] : undefined;
  if (!machine) {
    throw new HostError(
      'missing',
      name,
      `No machine \`${name}\` in the fleet; ${didYouMean(name, Object.keys(machines))}`,
    );
  }
  return machine.ssh ? reachBySsh(name, machine.ssh, machine, options) : reachHere(name, machine, options);
}

function reachHere(name: string, machine: ReachedMachine, { env = ownEnvironment() }: Settings): Reached {
  const docker = engine(name, localRoute(name, machine.docker?.socket ?? DOCKER_SOCKET), () => host);
  const host = localHost(name, env, docker);
  return { host, close: () => Promise.resolve() };
}

function reachBySsh(
  name: string,
  ssh: NonNullable<Machine['ssh']>,
  machine: ReachedMachine,
  { stateDir, sshConfigFile, env = ownEnvironment() }: Settings,
): Reached {
  const connection = new SshConnection(name, ssh, { stateDir, sshConfigFile, agentSocket: env['SSH_AUTH_SOCK'] });
  const exec = (argv: Argv) => host.exec(argv, { timeoutMs: 30_000 });
  const route = sshRoute(name, machine.docker?.socket ?? DOCKER_SOCKET, connection, exec);
  const host = sshHost(
    name,
    connection,
    engine(name, route, () => host),
  );
  return { host, close: () => (route.close(), connection.close()) };
}

const engine = (name: string, route: DockerRoute, host: () => Host): DockerEngine =>
  new Engine(name, route, killOn(host));

/** Only what stands in the container's own cgroup: an engine in a VM of its own has process ids that mean something else here. */
const killOn =
  (host: () => Host): KillOnHost =>
  async (container, pid, signal) => {
    const isIts = await host().exec(['grep', '-qs', container, `/proc/${pid}/cgroup`]);
    if (isIts.exitCode === 0) await rootExec(host(), ['kill', `-${signal}`, '--', `-${pid}`]);
  };
