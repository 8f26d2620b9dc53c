import type { Argv } from '../../faults/argv.ts';
import type { DockerEngine, ExecOptions, Host, Hosts } from '../../hosts/host.ts';

/**
 * The same machines, where every command ends when `signal` says so: what was begun is then really over, and can be tidied up.
 * Connections for heals are as they were: a heal is never cut short.
 */
export function abortable(hosts: Hosts, signal: AbortSignal): Hosts {
  const known = new Map<string, Host>();
  return {
    get(machine, purpose = 'work') {
      if (purpose === 'heal') return hosts.get(machine, purpose);
      const host = known.get(machine) ?? abortableHost(hosts.get(machine), signal);
      known.set(machine, host);
      return host;
    },
    close: () => hosts.close(),
  };
}

function abortableHost(host: Host, signal: AbortSignal): Host {
  const engine = abortableEngine(host, signal);
  return {
    name: host.name,
    exec: (argv: Argv, options: ExecOptions = {}) => host.exec(argv, { signal, ...options }),
    put: (path, content, options) => host.put(path, content, options),
    get: (path, options) => host.get(path, options),
    docker: () => engine,
    asRoot: () => host.asRoot(),
    control: () => host.control(),
  };
}

/** Only `exec` lasts; the other calls are bounded and short. */
const abortableEngine = (host: Host, signal: AbortSignal): DockerEngine =>
  new Proxy({} as DockerEngine, {
    get: (_, method: keyof DockerEngine) => {
      const docker = host.docker();
      if (method === 'exec') {
        return (what: string, argv: Argv, options: ExecOptions = {}) => docker.exec(what, argv, { signal, ...options });
      }
      return docker[method].bind(docker);
    },
  });
