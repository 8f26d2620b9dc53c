import { at, type Argv } from './argv.ts';
import type { Disturber, NetemParams } from './netem.ts';
import { exemptions, RANKS, selections, type Selection } from './netem-selection.ts';
import { effectWords, packetLimit } from './netem-shape.ts';
import { markOf } from './place.ts';

/** A root with this handle is ours, one with any other is somebody else's, and `add` with a handle never replaces one. */
const ROOT = 'c4a0:';

/** Of the netem in this fault's lane: by it the lane is found again. Never that of the root. */
const markIn = ({ id }: NetemParams): string => `1${markOf(id).slice(0, 3)}:`;

/** What leaves: a lane of its own in a prio root that the faults on the interface share (lease-queues.sh). */
export const egress: Disturber = {
  // Handle 0: is the kernel's default; any other was put there by somebody.
  free: (params) => ({ argv: lane(params, 'free'), matches: `qdisc * 0: root *|qdisc prio ${ROOT} root *` }),
  inject: (params) => [lane(params, 'open', opening(params))],
  heal: (params) => [lane(params, 'close', closing(params))],
  probe: (params) => ({
    argv: at(params.place, ['tc', 'qdisc', 'show', 'dev', params.dev]),
    matches: `*qdisc netem ${markIn(params)} parent ${ROOT}*`,
  }),
  left: (params) => ({ argv: lane(params, 'left'), matches: 'lane *|root*' }),
};

const lane = (params: NetemParams, verb: 'free' | 'open' | 'close' | 'left', ...text: string[]): Argv => [
  `lane_${verb}`,
  params.dev,
  markIn(params),
  ...text,
  ...at(params.place, []),
];

/** The netem first: it marks the lane. Control is exempted before anything is selected. */
function opening(params: NetemParams): string {
  const { dev } = params;
  const add = (class_: string) => (selection: Selection) =>
    `filter add dev ${dev} parent ${ROOT} ${filterOf(selection)} classid ${class_}`;
  return [
    `qdisc add dev ${dev} parent ${ROOT}@ handle ${markIn(params)} netem limit ${packetLimit(params)} ${effectWords(params).join(' ')}`,
    ...exemptions(params).map(add(`${ROOT}1`)),
    ...selections(params).map(add(`${ROOT}@`)),
  ].join('\n');
}

const filterOf = (selection: Selection): string =>
  `protocol ${selection.protocol} prio ${prioOf(selection)} flower ${selection.keys}`.trim();

/** One of the lane's own for each rank and protocol, so that a lane is emptied without a look at the others. */
const prioOf = ({ rank, protocol }: Selection): string => `${RANKS.indexOf(rank) * 2 + (protocol === 'ipv6' ? 2 : 1)}#`;

/** `/` is the device, whatever somebody calls it by then. */
function closing(params: NetemParams): string {
  const used = [...exemptions(params), ...selections(params)].map(
    (selection) => `filter del dev / parent ${ROOT} protocol ${selection.protocol} prio ${prioOf(selection)}`,
  );
  // What was taken out of the selection first is no longer disturbed.
  return [...new Set(used.toReversed()), `qdisc del dev / parent ${ROOT}@ handle ${markIn(params)}`].join('\n');
}
