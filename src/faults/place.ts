import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Where a fault's words run (`Place` of argv.ts). */
export const placeSchema = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('machine') }),
  z.strictObject({
    on: z.literal('container'),
    id: z.string().regex(/^[0-9a-f]{12,64}$/, 'a container id is 12 to 64 hexadecimal digits'),
    /** RFC 3339, as Docker prints it: with the id, names one incarnation. */
    startedAt: z.string().regex(/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/, 'an RFC 3339 time'),
  }),
]);

/** Words that name a place in a bearer. */
export const placeName = (place: z.infer<typeof placeSchema>): string =>
  place.on === 'machine' ? 'machine' : `container ${place.id}`;

/** Marks a table or a chain as that of one fault. Short: names of chains end at 28 characters. */
export const markOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 12);
