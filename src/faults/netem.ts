import { z } from 'zod';
import { argv, at, type Argv } from './argv.ts';
import type { Fault } from './fault.ts';
import { effectWords, packetLimit, shapeSchema } from './netem-shape.ts';
import { placeName, placeSchema } from './place.ts';

export const netemParams = shapeSchema.safeExtend({
  place: placeSchema,
  dev: z.string().regex(/^[^\s/:]{1,15}$/, 'an interface name is 1 to 15 bytes (IFNAMSIZ)'),
  /** Only what goes to these addresses. Absent: all that leaves the interface, but control. */
  toward: z
    .array(z.union([z.ipv4(), z.ipv6()]))
    .min(1)
    .optional(),
  /** TCP ports of the place that carry control: never disturbed. */
  controlPorts: z.array(z.int().min(1).max(65535)).default([]),
});
export type NetemParams = z.infer<typeof netemParams>;

/** Marks the qdisc as ours: one with another handle is somebody else's, and `add` with a handle never replaces one. */
const ROOT = 'c4a0:';
/** Bands 1 to 3 are what they are without us; the fourth is disturbed. */
const DISTURBED = 'c4a0:4';
const NETEM = 'c4a4:';
/** The kernel's own priomap, and one where everything is disturbed that no filter exempts. Source: tc-prio(8). */
const USUAL = '1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1'.split(' ');
const ALL = '3 3 3 3 3 3 3 3 3 3 3 3 3 3 3 3'.split(' ');

/**
 * Delays, loses, doubles, damages, reorders or slows what leaves an interface: one way only. Control is exempt.
 * Source: tc-netem(8). Nothing is disturbed before the last command; taking the root away ends it all at once.
 */
export const netem: Fault<NetemParams> = {
  kind: 'netem',
  params: netemParams,
  bearer: ({ place, dev }) => `qdisc of ${dev} of ${placeName(place)}`,
  outlivesReboot: false,
  // Handle 0: is the kernel's default; any other was put there by somebody.
  free: (params) => ({ argv: tc(params, argv`qdisc show dev ${params.dev} root`), matches: 'qdisc * 0: root *' }),
  inject: (params) =>
    [root(params), ...exemptions(params), ...selections(params), disturb(params)].map((words) => tc(params, words)),
  heal: (params) => [tc(params, argv`qdisc del dev ${params.dev} root handle ${ROOT}`)],
  probe: (params) => ({ argv: shown(params), matches: `*qdisc netem ${NETEM} parent ${DISTURBED} *` }),
  left: (params) => ({ argv: shown(params), matches: `*qdisc prio ${ROOT} root*` }),
};

const tc = ({ place }: NetemParams, words: Argv): Argv => at(place, ['tc', ...words]);
const shown = (params: NetemParams): Argv => tc(params, argv`qdisc show dev ${params.dev}`);

const root = ({ dev, toward }: NetemParams): Argv =>
  argv`qdisc add dev ${dev} root handle ${ROOT} prio bands 4 priomap ${toward === undefined ? ALL : USUAL}`;

const disturb = (params: NetemParams): Argv =>
  argv`qdisc add dev ${params.dev} parent ${DISTURBED} handle ${NETEM} netem limit ${packetLimit(params)} ${effectWords(params)}`;

/** Filters of one priority are of one protocol. */
const exemptions = ({ dev, controlPorts }: NetemParams): Argv[] =>
  controlPorts.flatMap((port) =>
    [argv`protocol ip prio 1`, argv`protocol ipv6 prio 2`].map(
      (of) => argv`filter add dev ${dev} parent ${ROOT} ${of} flower ip_proto tcp src_port ${port} classid c4a0:1`,
    ),
  );

const selections = ({ dev, toward = [] }: NetemParams): Argv[] =>
  toward.map((address) => {
    const of = address.includes(':') ? argv`protocol ipv6 prio 4` : argv`protocol ip prio 3`;
    return argv`filter add dev ${dev} parent ${ROOT} ${of} flower dst_ip ${address} classid ${DISTURBED}`;
  });
