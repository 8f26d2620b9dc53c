import type { Deps } from '../deps.ts';
import { HostError } from '../../hosts/host.ts';
import type { MachineFacts } from '../../hosts/lease.ts';
import { ledgerOf } from '../leases.ts';
import { braked } from './braked.ts';
import { fail, ok, SEE, warn, type Observation } from './observation.ts';

/** Journals of several machines are read side by side. */
const CLOCK_MS = 1_000;
const ROUND_TRIPS = 4;
export const ROOT_FIX = 'allow `sudo -n` for this user (docs/sudoers)';
export const DOCKER_FIX =
  'let this user use the socket (`usermod -aG docker USER`), or name another as `docker.socket`';

/** Whether the machine runs a command for us. */
export async function reach(deps: Deps, name: string): Promise<Observation[]> {
  const machine = deps.fleet.machines[name];
  const host = deps.hosts.get(name);
  try {
    await host.exec(['true'], { timeoutMs: 20_000 });
  } catch (error) {
    return [unreached(error)];
  }
  if (machine?.ssh === undefined) return [ok('this machine')];
  const { host: address, port = 22, user } = machine.ssh;
  return [ok(`reached by SSH as ${user === undefined ? '' : `${user}@`}${address}:${port}, host key known`)];
}

/** Why a machine did not run a command. @throws whatever is no error of a host */
export function unreached(error: unknown): Observation {
  if (!(error instanceof HostError)) throw error;
  return fail(error.message, FIXES[error.kind] ?? SEE);
}

const FIXES: Partial<Record<HostError['kind'], string>> = {
  unreachable: 'check `ssh` of the machine in the fleet file, and that it is on',
  denied: 'give a key that the machine accepts: the SSH agent, or `ssh.identityFile` in the fleet file',
  'host-key': 'compare and pin the key: `0k-chaos trust MACHINE`',
};

/** The clock of the machine against ours, by the shortest of some round trips. */
export async function clock(deps: Deps, name: string): Promise<Observation[]> {
  let best: { offsetMs: number; exactMs: number } | undefined;
  for (let n = 0; n < ROUND_TRIPS; n += 1) {
    const sentAt = Date.now();
    const { stdout } = await deps.hosts.get(name).exec(['date', '+%s%3N']);
    const exactMs = Math.ceil((Date.now() - sentAt) / 2);
    if (!/^\d{13}$/.test(stdout.trim())) return [ok('its `date` knows no milliseconds: the clock was not compared')];
    const offsetMs = Math.round(Number(stdout) - sentAt - exactMs);
    if (best === undefined || exactMs < best.exactMs) best = { offsetMs, exactMs };
  }
  const { offsetMs, exactMs } = best ?? { offsetMs: 0, exactMs: 0 };
  const seen = `clock ${offsetMs < 0 ? '' : '+'}${offsetMs} ms against ours (± ${exactMs} ms)`;
  if (Math.abs(offsetMs) - exactMs < CLOCK_MS) return [ok(seen)];
  return [warn(seen, `set it: \`timedatectl set-ntp true\` on ${name}`)];
}

/** Everything that is known of a machine from one round trip. */
export async function tools(deps: Deps, name: string): Promise<Observation[]> {
  const facts = await ledgerOf(deps, name).check();
  const system = `Linux ${facts.kernel}, ${facts.systemd ? 'systemd' : 'no systemd'}`;
  const root = facts.uid === 0 ? [ok(`${system}, root`)] : [];
  return [...root, ...braked(facts), ...missing(facts), ...kernel(facts), ...leftovers(facts), ...strangers(facts)];
}

const PACKAGES: Record<string, string> = {
  tc: 'iproute2',
  ip: 'iproute2',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  flock: 'util-linux',
  setsid: 'util-linux',
  timeout: 'coreutils',
  ping: 'iputils-ping',
};

/** Tools and rights without which no fault can be put in place, measured or taken away. */
export function missing({ tools: there, uid }: MachineFacts): Observation[] {
  const gone = Object.entries(PACKAGES).filter(([tool]) => !there[tool]);
  const found: Observation[] = gone.map(([tool, name]) => fail(`no \`${tool}\``, `install ${name} there`));
  if (!there['nft'] && !there['iptables']) found.push(fail('neither `nft` nor `iptables`', 'install nftables there'));
  if (uid !== 0) found.push(fail('no root', ROOT_FIX));
  return found.length > 0 ? found : [ok(`all tools, ${there['nft'] ? 'nft' : 'iptables'} for cuts`)];
}

/** What netem faults need of a kernel and this one does not have. */
const lacksOf = ({ can }: MachineFacts): (keyof typeof MODULES)[] =>
  (['netem', 'prio', 'flower'] as const).filter((what) => !can[what]);

/** Why no netem fault can be put in place there, with the way out; empty: its kernel has all that they need. */
export async function kernelLacks(deps: Deps, name: string): Promise<string> {
  const modules = lacksOf(await ledgerOf(deps, name).check()).map((what) => MODULES[what]);
  if (modules.length === 0) return '';
  const named = modules.map((module) => `\`${module}\``).join(', ');
  return `The kernel of ${name} has no ${named}: load it there (\`modprobe ${modules.join(' ')}\`), or install linux-modules-extra. `;
}

function kernel(facts: MachineFacts): Observation[] {
  const { can, complaints } = facts;
  const evidence = complaints.length === 0 ? '' : ` (${complaints.slice(0, 3).join('; ')})`;
  const lacking = lacksOf(facts);
  const found = lacking.map((what) =>
    fail(
      `its kernel has no ${what}${evidence}`,
      `load or install it: \`modprobe ${MODULES[what]}\`, linux-modules-extra`,
    ),
  );
  return found.length > 0
    ? found
    : [ok(`netem and flower in its kernel${can.nftTimeout ? ', cuts that the kernel ends' : ''}`)];
}

const MODULES = { netem: 'sch_netem', prio: 'sch_prio', flower: 'cls_flower' };

export function leftovers({ leases, ours }: MachineFacts): Observation[] {
  if (leases > 0)
    return [
      warn(
        `${leases} fault${leases === 1 ? '' : 's'} in its ledger`,
        'see `0k-chaos faults`; `0k-chaos heal --all` ends them',
      ),
    ];
  if (ours.length > 0)
    return [fail(`left without a lease: ${ours.join('; ')}`, 'look at it there, and delete it by its handle or name')];
  return [ok('nothing of ours stands')];
}

/** The kernel's own have the handle `0:`. */
function strangers({ qdiscs }: MachineFacts): Observation[] {
  const own = Object.entries(qdiscs).filter(([, qdisc]) => !/ (0|c4a[04]):$/.test(qdisc));
  return own.map(([dev, qdisc]) =>
    warn(
      `somebody's root qdisc \`${qdisc}\` on ${dev}: netem on that interface is refused`,
      `look at it with \`tc qdisc show dev ${dev}\`; where nobody needs it, delete it there`,
    ),
  );
}

export async function engine(deps: Deps, name: string): Promise<Observation[]> {
  const docker = deps.hosts.get(name).docker();
  const [{ version, apiVersion }, containers] = await Promise.all([
    docker.version(),
    docker.project(deps.fleet.project),
  ]);
  const seen = `Docker ${version} (API ${apiVersion}), ${containers.length} containers of \`${deps.fleet.project}\``;
  if (containers.length > 0) return [ok(seen)];
  return [fail(seen, 'start them: `0k-chaos relays up`')];
}
