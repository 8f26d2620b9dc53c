import type { ExecOptions, Host, Hosts } from '../../src/hosts/host.ts';
import { LEASE_SCRIPT } from '../../src/hosts/lease-script.ts';
import { SEAM_FUNCTION, type Gates } from './gates.ts';

/** lease.sh as it is, but for its seams: those lines call. */
const SEAMED = SEAM_FUNCTION + LEASE_SCRIPT.replaceAll(/^( *)# seam: (\w+)$/gm, '$1seam $2');

/** Of its own name, so that no machine takes the one for the other. */
export const seamed = (stdin: string): string =>
  stdin.replace(LEASE_SCRIPT, () => SEAMED).replaceAll('/run/0k-chaos/lease-', '/run/0k-chaos/seamed-');

/** The same hosts, with lease.sh's seams in use, and a gate before an arm is sent. */
export function gatedHosts(hosts: Hosts, gates: Gates): Hosts {
  const known = new Map<Host, Host>();
  return {
    get(machine, purpose) {
      const host = hosts.get(machine, purpose);
      const gated = known.get(host) ?? gatedHost(host, gates);
      known.set(host, gated);
      return gated;
    },
    close: () => hosts.close(),
  };
}

function gatedHost(host: Host, gates: Gates): Host {
  return new Proxy(host, {
    get(target, key) {
      if (key === 'exec') return exec;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  async function exec(argv: Parameters<Host['exec']>[0], options: ExecOptions = {}) {
    const { stdin } = options;
    if (typeof stdin !== 'string') return host.exec(argv, options);
    if (stdin.startsWith('{\ncommand=arm\n')) await gates.pass('arm');
    return host.exec(argv, { ...options, stdin: seamed(stdin) });
  }
}
