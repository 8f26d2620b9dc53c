import { z } from 'zod';
import type { Argv } from './argv.ts';
import type { Check, Fault } from './fault.ts';
import { iptables } from './partition-iptables.ts';
import { nft } from './partition-nft.ts';
import { placeName, placeSchema } from './place.ts';
import { trafficSchema } from './traffic.ts';

export const partitionParams = z.strictObject({
  /** Id of the fault: its table or chains are named for it. */
  id: z.string().min(1),
  place: placeSchema,
  /** `nft` where the machine has it: the kernel then times the cut. */
  tool: z.enum(['nft', 'iptables']),
  /** `all`: from everybody. Otherwise from these addresses. */
  from: z.union([z.literal('all'), z.array(z.union([z.ipv4(), z.ipv6()])).min(1)]),
  direction: z.enum(['both', 'in', 'out']).default('both'),
  /** Only these protocols and ports. */
  ports: z.array(trafficSchema).min(1).optional(),
  /** TCP ports of the place that carry control (sshd of a machine, health of a relay): let through both ways. */
  controlPorts: z.array(z.int().min(1).max(65535)).default([]),
  /** Let through as well, whichever side has the port: `tcp/PORT`, `udp/PORT`, `mark/0xHEX` (as the fleet file has them). */
  keep: z.array(z.string().regex(/^(tcp|udp)\/\d{1,5}$|^mark\/0x[0-9a-f]{1,8}$/)).default([]),
});
export type PartitionParams = z.infer<typeof partitionParams>;

/** A way to drop packets. Each owns what it makes by name, and touches nothing else. */
export interface Cutter {
  free?(params: PartitionParams): Check;
  inject(params: PartitionParams): Argv[];
  renew(params: PartitionParams): Argv[];
  heal(params: PartitionParams): Argv[];
  probe(params: PartitionParams): Check;
  left(params: PartitionParams): Check;
}
const cutters: Record<PartitionParams['tool'], Cutter> = { nft, iptables };

/**
 * Drops what arrives before any address translation and what leaves, so that the machine's own traffic and that of its containers is
 * cut alike, established or not, IPv4 and IPv6. Loopback, neighbour discovery and control get through. A local sender sees EPERM.
 */
export const partition: Fault<PartitionParams> = {
  kind: 'partition',
  params: partitionParams,
  bearer: ({ place, from, direction, ports = ['all'] }) =>
    `cut ${direction} of ${placeName(place)} from ${from === 'all' ? 'all' : from.toSorted().join(' ')}: ${ports.toSorted().join(' ')}`,
  outlivesReboot: false,
  free: (params) => cutters[params.tool].free?.(params),
  inject: (params) => cutters[params.tool].inject(params),
  renew: (params) => cutters[params.tool].renew(params),
  heal: (params) => cutters[params.tool].heal(params),
  probe: (params) => cutters[params.tool].probe(params),
  left: (params) => cutters[params.tool].left(params),
};
