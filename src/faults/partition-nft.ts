import { at, TTL_SECONDS, type Argv } from './argv.ts';
import type { Cutter, PartitionParams } from './partition.ts';
import { markOf } from './place.ts';

/** Timed by the kernel: packets are dropped only while these elements are there, even if every process of the machine is dead. */
const ARMED = `{ ipv4 timeout ${TTL_SECONDS}s, ipv6 timeout ${TTL_SECONDS}s }`;
/** Without them an IPv6 link looks dead rather than partitioned. */
const DISCOVERY = '{ nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert }';

const nameOf = ({ id }: PartitionParams): string => `zk_${markOf(id)}`;
const words = (params: PartitionParams, ...rest: string[]): Argv => at(params.place, ['nft', ...rest]);

/** One table of our own. Each list of words is one transaction. */
export const nft: Cutter = {
  free: (params) => ({ argv: words(params, 'list', 'table', 'inet', nameOf(params)), matches: '*No such file*' }),
  inject: (params) => [words(params, `${table(params)}\nadd element inet ${nameOf(params)} armed ${ARMED}`)],
  // Adding an element again does not renew it. Deleting one that has run out fails, and with it all of the transaction.
  renew: (params) => {
    const set = `element inet ${nameOf(params)} armed`;
    return [words(params, `delete ${set} { ipv4, ipv6 }; add ${set} ${ARMED}`)];
  },
  heal: (params) => [words(params, `add table inet ${nameOf(params)}; delete table inet ${nameOf(params)}`)],
  probe: (params) => ({
    argv: ['table_shown', nameOf(params), ...at(params.place, [])],
    matches: `${standing(params).join('\n')}\n*`,
  }),
  left: (params) => ({
    argv: ['must_answer', ...words(params, 'list', 'tables')],
    matches: `*table inet ${nameOf(params)}*`,
  }),
};

const ways = ({ direction }: PartitionParams): ('in' | 'out')[] => (direction === 'both' ? ['in', 'out'] : [direction]);

/** Armed, and nobody has taken a rule out: an empty chain cuts nothing. */
const standing = (params: PartitionParams): string[] => [
  'armed',
  ...ways(params).flatMap((way) => [`cut_${way}`, ...drops(params, 'saddr').map(() => 'drop')]),
];

function table(params: PartitionParams): string {
  return [
    `table inet ${nameOf(params)} {`,
    'set armed { typeof meta nfproto; flags timeout; }',
    ...ways(params).flatMap((way) => chain(params, way)),
    '}',
  ].join('\n');
}

function chain(params: PartitionParams, way: 'in' | 'out'): string[] {
  const ours = way === 'in' ? 'dport' : 'sport';
  return [
    `chain cut_${way} {`,
    `type filter hook ${way === 'in' ? 'prerouting priority raw' : 'postrouting priority mangle'}; policy accept;`,
    'meta nfproto != @armed accept',
    `meta ${way === 'in' ? 'iifname' : 'oifname'} "lo" accept`,
    `icmpv6 type ${DISCOVERY} accept`,
    ...params.controlPorts.map((port) => `tcp ${ours} ${port} accept`),
    ...params.keep.flatMap(kept),
    ...drops(params, way === 'in' ? 'saddr' : 'daddr'),
    '}',
  ];
}

function kept(rule: string): string[] {
  const [what = '', value = ''] = rule.split('/');
  return what === 'mark'
    ? [`meta mark ${value} accept`]
    : [`${what} dport ${value} accept`, `${what} sport ${value} accept`];
}

function drops({ from, ports }: PartitionParams, side: 'saddr' | 'daddr'): string[] {
  const hosts =
    from === 'all' ? [''] : from.map((address) => `${address.includes(':') ? 'ip6' : 'ip'} ${side} ${address} `);
  const traffic = ports?.flatMap(trafficWords) ?? [''];
  return hosts.flatMap((host) => traffic.map((words) => `${host}${words}drop`));
}

function trafficWords(traffic: string): string[] {
  const [name, port] = traffic.split('/');
  if (name === 'icmp') return ['meta l4proto { icmp, icmpv6 } '];
  return port === undefined ? [`meta l4proto ${name} `] : [`${name} dport ${port} `, `${name} sport ${port} `];
}
