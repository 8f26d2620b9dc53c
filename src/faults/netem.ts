import { z } from 'zod';
import type { Argv } from './argv.ts';
import type { Check, Fault } from './fault.ts';
import { egress } from './netem-egress.ts';
import { ingress } from './netem-ingress.ts';
import { shapeSchema } from './netem-shape.ts';
import { placeName, placeSchema } from './place.ts';
import { trafficSchema } from './traffic.ts';

export const netemParams = shapeSchema.safeExtend({
  /** Id of the fault: its queueing discipline is marked with it. */
  id: z.string().min(1),
  place: placeSchema,
  dev: z.string().regex(/^[^\s/:@#]{1,15}$/, 'an interface name is 1 to 15 bytes (IFNAMSIZ)'),
  /** What leaves the interface, or what arrives by it. */
  direction: z.enum(['out', 'in']).default('out'),
  /** Only what goes to (comes from) these addresses. Absent: all, but control. */
  toward: z
    .array(z.union([z.ipv4(), z.ipv6()]))
    .min(1)
    .optional(),
  /** Only these protocols and ports. */
  ports: z.array(trafficSchema).min(1).optional(),
  /** TCP ports of the place that carry control: never disturbed. */
  controlPorts: z.array(z.int().min(1).max(65535)).default([]),
});
export type NetemParams = z.infer<typeof netemParams>;

/** A direction of traffic, and how one fault of several takes its part of it. */
export interface Disturber {
  free(params: NetemParams): Check;
  /** Nothing is disturbed before the last command. */
  inject(params: NetemParams): Argv[];
  heal(params: NetemParams): Argv[];
  probe(params: NetemParams): Check;
  left(params: NetemParams): Check;
}
const disturbers: Record<NetemParams['direction'], Disturber> = { out: egress, in: ingress };

/**
 * Delays, loses, doubles, damages, reorders or slows what leaves an interface, or what arrives by it: one way only. Control is exempt.
 * Several may stand on one interface; a packet is disturbed by one of them, the one that names it best (peer and port, then either,
 * then all). Source: tc-netem(8), tc-prio(8), tc-flower(8), tc-mirred(8).
 */
export const netem: Fault<NetemParams> = {
  kind: 'netem',
  params: netemParams,
  bearer: ({ place, dev, direction, toward = ['all'], ports = ['all'] }) =>
    `netem ${direction} ${dev} of ${placeName(place)}: ${toward.toSorted().join(' ')}, ${ports.toSorted().join(' ')}`,
  outlivesReboot: false,
  free: (params) => disturbers[params.direction].free(params),
  inject: (params) => disturbers[params.direction].inject(params),
  heal: (params) => disturbers[params.direction].heal(params),
  probe: (params) => disturbers[params.direction].probe(params),
  left: (params) => disturbers[params.direction].left(params),
};
