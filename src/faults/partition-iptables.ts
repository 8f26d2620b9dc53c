import { argv, at, type Argv } from './argv.ts';
import type { Cutter, PartitionParams } from './partition.ts';
import { markOf } from './place.ts';

type Family = 4 | 6;
type Way = 'in' | 'out';

const HOOKS = { in: { table: 'raw', hook: 'PREROUTING' }, out: { table: 'mangle', hook: 'POSTROUTING' } } as const;
/** Router solicitation and advertisement, neighbour solicitation and advertisement (RFC 4861). */
const DISCOVERY_TYPES = [133, 134, 135, 136];

const chainOf = ({ id }: PartitionParams, way: Way): string => `ZK-${markOf(id)}-${way}`;
const commentOf = ({ id }: PartitionParams): string => `0k-chaos-${markOf(id)}`;
const ways = ({ direction }: PartitionParams): Way[] => (direction === 'both' ? ['in', 'out'] : [direction]);
const jump = (params: PartitionParams, way: Way): string =>
  `${HOOKS[way].hook} -m comment --comment ${commentOf(params)} -j ${chainOf(params, way)}`;

/** For machines without nft: chains of our own, found again by name. The kernel does not time them: the lease does. */
export const iptables: Cutter = {
  free: (params) => ({ argv: ['firewall_free', ...at(params.place, [])], matches: 'free' }),
  inject: (params) =>
    ([4, 6] as const).map((family) => {
      const command = argv`${family === 4 ? 'iptables-restore' : 'ip6tables-restore'} -w 5 --noflush`;
      return [
        'feed',
        ways(params)
          .map((way) => tableText(params, way, family))
          .join('\n'),
        ...at(params.place, command),
      ];
    }),
  renew: () => [],
  heal: (params) => [4, 6].flatMap((family) => ways(params).flatMap((way) => undo(params, way, family as Family))),
  probe: (params) => ({
    argv: ['chains_shown', markOf(params.id), ...at(params.place, [])],
    matches: `${standing(params).join('\n')}\n*`,
  }),
  left: (params) => ({ argv: ['firewall', ...at(params.place, [])], matches: `*ZK-${markOf(params.id)}-*` }),
};

/** Jumped to, and nobody has taken its rules out: an empty chain cuts nothing. */
const standing = (params: PartitionParams): string[] =>
  ways(params)
    .map((way) => chainOf(params, way))
    .flatMap((chain) => [`${chain} drops`, `${chain} is jumped to`])
    .toSorted();

/** Applied as a whole or not at all. Declaring a chain empties that one only. */
function tableText(params: PartitionParams, way: Way, family: Family): string {
  const append = (rule: string): string => `-A ${chainOf(params, way)} ${rule}`;
  return [
    `*${HOOKS[way].table}`,
    `:${chainOf(params, way)} - [0:0]`,
    ...passes(params, way, family).map((rule) => append(`${rule} -j RETURN`)),
    ...drops(params, way, family).map(append),
    `-I ${jump(params, way)}`,
    'COMMIT',
  ].join('\n');
}

function passes(params: PartitionParams, way: Way, family: Family): string[] {
  return [
    way === 'in' ? '-i lo' : '-o lo',
    ...(family === 6 ? DISCOVERY_TYPES.map((type) => `-p icmpv6 --icmpv6-type ${type}`) : []),
    ...params.controlPorts.map((port) => `-p tcp --${way === 'in' ? 'dport' : 'sport'} ${port}`),
    ...params.keep.flatMap(kept),
  ];
}

function kept(rule: string): string[] {
  const [what = '', value = ''] = rule.split('/');
  return what === 'mark' ? [`-m mark --mark ${value}`] : [`-p ${what} --dport ${value}`, `-p ${what} --sport ${value}`];
}

function drops({ from, ports }: PartitionParams, way: Way, family: Family): string[] {
  const ofFamily = from === 'all' ? [''] : from.filter((address) => address.includes(':') === (family === 6));
  const hosts = ofFamily.map((address) => (address === '' ? '' : `${way === 'in' ? '-s' : '-d'} ${address} `));
  const traffic = ports?.flatMap((one) => trafficWords(one, family)) ?? [''];
  return hosts.flatMap((host) => traffic.map((words) => `${host}${words}-j DROP`));
}

function trafficWords(traffic: string, family: Family): string[] {
  const [name, port] = traffic.split('/');
  if (name === 'icmp') return [family === 6 ? '-p icmpv6 ' : '-p icmp '];
  return port === undefined ? [`-p ${name} `] : [`-p ${name} --dport ${port} `, `-p ${name} --sport ${port} `];
}

function undo(params: PartitionParams, way: Way, family: Family): Argv[] {
  const table = argv`${family === 4 ? 'iptables' : 'ip6tables'} -w 5 -t ${HOOKS[way].table}`;
  const deleteJump = argv`${table} -D ${jump(params, way).split(' ')}`;
  return [deleteJump, argv`${table} -F ${chainOf(params, way)}`, argv`${table} -X ${chainOf(params, way)}`].map(
    (words) => at(params.place, words),
  );
}
