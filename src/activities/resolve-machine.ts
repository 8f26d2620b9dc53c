import { z } from 'zod';
import { rootExec } from '../hosts/as-root.ts';
import type { ContainerState, Host } from '../hosts/host.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { ledgerOf } from './leases.ts';
import { peerAddress } from './peer-address.ts';

const firewalls = new WeakMap<Host, 'nft' | 'iptables'>();

/** nft where it is there, as the kernel then times the cut too; looked up once for each machine. */
export async function firewallOf(deps: Deps, machine: string): Promise<'nft' | 'iptables'> {
  const host = deps.hosts.get(machine);
  const known = firewalls.get(host);
  if (known) return known;
  const { tools } = await ledgerOf(deps, machine).check();
  const found = tools['nft'] ? 'nft' : 'iptables';
  firewalls.set(host, found);
  return found;
}

/** The interface that a packet to the peer leaves by: found from the route, never assumed. Source: ip-route(8). */
export async function deviceTowards(deps: Deps, machine: string, toward: string | undefined): Promise<string> {
  const address = peerAddress(deps, machine, toward);
  const words = ['ip', '-j', 'route', 'get', address];
  const { stdout, stderr } = await deps.hosts.get(machine).exec(words);
  const dev = devices(stdout)[0]?.dev;
  if (dev !== undefined) return dev;
  throw failure(
    'GroundFailed',
    `${machine}: \`${words.join(' ')}\` names no interface: ${(stderr.trim() || stdout.trim()).slice(0, 400)}`,
  );
}

export async function containerDevice(
  deps: Deps,
  machine: string,
  { name, pid, addresses }: ContainerState,
): Promise<string> {
  const words = ['nsenter', '-t', String(pid), '-n', 'ip', '-j', 'addr'];
  const { stdout, stderr } = await rootExec(deps.hosts.get(machine), words);
  const dev = devices(stdout).find(({ addr_info: info }) => info.some(({ local }) => addresses.includes(local)));
  if (dev?.ifname !== undefined) return dev.ifname;
  throw failure(
    'GroundFailed',
    `${machine}: no interface of ${name} has its address ${addresses.join(', ')}: ${stderr.trim()}`,
  );
}

/** Source: ip(8), `-json`. */
const devicesSchema = z.array(
  z.object({
    dev: z.string().optional(),
    ifname: z.string().optional(),
    addr_info: z.array(z.object({ local: z.string().default('') })).default([]),
  }),
);

/** None where the machine says something else. */
function devices(json: string): z.infer<typeof devicesSchema> {
  try {
    return devicesSchema.parse(JSON.parse(json));
  } catch {
    return [];
  }
}
