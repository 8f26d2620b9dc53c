import { argv, at, type Argv } from './argv.ts';
import type { Disturber, NetemParams } from './netem.ts';
import { exemptions, RANKS, selections, type Selection } from './netem-selection.ts';
import { effectWords, packetLimit } from './netem-shape.ts';
import { markOf } from './place.ts';

/** A device of the fault's own. */
const ifbOf = ({ id }: NetemParams): string => `zk${markOf(id)}`;

/** netem works on what leaves only: what arrives is led through an ifb, which it leaves. */
export const ingress: Disturber = {
  free: (params) => ({ argv: hook(params, 'free', priosOf(params)[0] ?? ''), matches: 'free' }),
  inject: (params) => {
    const ifb = ifbOf(params);
    const netem = argv`tc qdisc add dev ${ifb} root handle c4a0: netem limit ${packetLimit(params)} ${effectWords(params)}`;
    return [
      ['ingress_device', ifb, ...at(params.place, [])],
      at(params.place, argv`ip link set dev ${ifb} up`),
      at(params.place, netem),
      hook(params, 'open'),
      ['feed', opening(params), ...at(params.place, argv`tc -batch -`)],
    ];
  },
  heal: (params) => [hook(params, 'close', ifbOf(params), closing(params))],
  probe: (params) => ({
    argv: hook(params, 'shown', ifbOf(params)),
    matches: `*qdisc netem c4a0: root*to device ${ifbOf(params)})*`,
  }),
  left: (params) => ({
    argv: hook(params, 'left'),
    matches: `*: ${ifbOf(params)}: *|*to device ${ifbOf(params)})*|* pref ${priosOf(params)[0] ?? ''} *`,
  }),
};

const hook = (params: NetemParams, verb: 'free' | 'open' | 'close' | 'shown' | 'left', ...words: string[]): Argv => [
  `ingress_${verb}`,
  params.dev,
  ...words,
  ...at(params.place, []),
];

/** A filter without an action lets the packet pass, and no further one is asked. */
function opening(params: NetemParams): string {
  const redirect = `action mirred egress redirect dev ${ifbOf(params)}`;
  return [
    ...exemptions(params).map((selection) => addFilter(params, selection)),
    ...selections(params).map((selection) => `${addFilter(params, selection)} ${redirect}`),
  ].join('\n');
}

const addFilter = (params: NetemParams, selection: Selection): string =>
  `filter add dev ${params.dev} parent ffff: protocol ${selection.protocol} prio ${prioOf(params, selection)} flower ${selection.keys}`.trim();

/** Of the fault's own, by its id, so that each fault takes away only its own; `ingress_free` refuses one that is taken. */
function prioOf({ id }: NetemParams, { rank, protocol }: Selection): number {
  const own = Number.parseInt(markOf(id).slice(0, 3), 16);
  return RANKS.indexOf(rank) * 10_000 + 1 + own * 2 + (protocol === 'ipv6' ? 1 : 0);
}

const priosOf = (params: NetemParams): string[] =>
  [...selections(params), ...exemptions(params)].map((selection) => `${prioOf(params, selection)}`);

/** `/` is the device, whatever somebody calls it by then. */
function closing(params: NetemParams): string {
  const all = [...selections(params), ...exemptions(params)].map(
    (selection) => `filter del dev / parent ffff: protocol ${selection.protocol} prio ${prioOf(params, selection)}`,
  );
  return [...new Set(all)].join('\n');
}
