import { MACHINES, type MachineName, type Outside } from './outside.ts';

/* What somebody else has on the machines: nothing of it may change, whatever dies. Addresses of RFC 5737. */

const RULES = [
  ['filter', 'INPUT', '-s 192.0.2.7 -j DROP'],
  ['filter', 'OUTPUT', '-d 192.0.2.8 -j DROP'],
  ['filter', 'FORWARD', '-s 192.0.2.9 -j DROP'],
  ['nat', 'PREROUTING', '-s 192.0.2.10 -j RETURN'],
  ['mangle', 'POSTROUTING', '-d 192.0.2.11 -j RETURN'],
] as const;

const QUEUES = [
  'ip link add their0 type veth peer name their1 2>/dev/null',
  'ip link set their0 up; ip link set their1 up',
  'tc qdisc add dev their0 root handle 77: htb default 1',
  'tc class add dev their0 parent 77: classid 77:1 htb rate 1mbit',
  'tc qdisc add dev their1 root handle 78: netem delay 3ms',
];

const TABLE =
  'nft add table inet theirs; nft add set inet theirs known "{ type ipv4_addr; elements = { 192.0.2.7 } }"; ' +
  'nft add chain inet theirs watch "{ type filter hook input priority 5; }"; nft add rule inet theirs watch ip saddr @known drop';

const CONTAINER =
  'docker inspect theirs >/dev/null 2>&1 || docker run -d --name theirs --label com.docker.compose.project=theirs --label com.docker.compose.service=relay-1 ' +
  '-v /usr:/usr:ro 0k-sync-lab sleep infinity';

const TIMER = 'systemd-run --quiet --unit=theirs --on-active=86400 /bin/true';

/** Puts it there, where it is not yet. What a kernel lacks, such as netem, is left out: then there is nothing to compare. */
export async function plant(outside: Outside, machine: MachineName): Promise<void> {
  const rules = RULES.map(([table, chain, rule]) => {
    const words = `-t ${table} %s ${chain} ${rule}`;
    return `iptables -w ${words.replace('%s', '-C')} 2>/dev/null || iptables -w ${words.replace('%s', '-I')}`;
  });
  const table = `nft list table inet theirs >/dev/null 2>&1 || { ${TABLE}; }`;
  const timer = `[ ! -d /run/systemd/system ] || systemctl is-active --quiet theirs.timer || ${TIMER}`;
  const all = [...rules, ...QUEUES, table, timer, ...(machine === 'beast' ? [CONTAINER] : [])];
  await outside.sh(machine, `${all.map((line) => `${line}`).join('\n')}\ntrue`);
}

export async function uproot(outside: Outside, machine: MachineName): Promise<void> {
  const rules = RULES.map(([table, chain, rule]) => `iptables -w -t ${table} -D ${chain} ${rule}`);
  const rest = ['ip link del their0', 'nft delete table inet theirs', 'systemctl stop theirs.timer'];
  const container = machine === 'beast' ? ['docker rm -f theirs'] : [];
  await outside.sh(machine, `{ ${[...rules, ...rest, ...container].join('\n')}\n} >/dev/null 2>&1; true`);
}

const LOOK = [
  'iptables-save | grep -n 192.0.2 | cut -d: -f2-',
  'for chain in INPUT OUTPUT FORWARD; do iptables -S $chain | grep -vE "docker|DOCKER|br-"; done',
  'nft list table inet theirs',
  'tc qdisc show dev their0 | sed "s/ direct_packets_stat [0-9]*//"; tc class show dev their0; tc qdisc show dev their1',
  'docker inspect --format "{{.Id}} {{.State.StartedAt}} {{.State.Status}}" theirs',
  'systemctl show theirs.timer -p ActiveState -p NextElapseUSecMonotonic -p FragmentPath',
].join('; ');

/** It, bit for bit, with what surrounds it on both machines. */
export async function foreign(outside: Outside): Promise<Record<MachineName, string>> {
  const seen = await Promise.all(MACHINES.map((machine) => outside.sh(machine, `{ ${LOOK}; } 2>/dev/null; true`)));
  return { beast: seen[0] ?? '', guardian: seen[1] ?? '' };
}

/** Lines that differ, `-` for what is gone and `+` for what is new. */
export function difference(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  if (before === after) return [];
  const gone = old.filter((line) => !now.includes(line)).map((line) => `- ${line}`);
  const added = now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`);
  return gone.length + added.length > 0 ? [...gone, ...added] : ['the same lines in another order'];
}
