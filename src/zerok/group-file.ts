import { z } from 'zod';

const endpointId = z.string().regex(/^[0-9a-f]{64}$/);
const cursor = z.int().nonnegative();

const common = {
  group_id: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  joined_at: z.int().nonnegative().optional(),
  group_secret_hex: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  salt_hex: z
    .string()
    .regex(/^(?:[0-9a-f]{2})+$/)
    .optional(),
};

const current = z.looseObject({
  ...common,
  relay_addresses: z.array(endpointId),
  cursors: z.record(endpointId, cursor).default({}),
});

/** As the client wrote it before it knew several relays; it migrates such a file itself. */
const older = z.looseObject({ ...common, relay_address: endpointId, cursor: cursor.default(0) });

/** A client's `group.json`, in the newer layout, with whatever else stands in it. Holds the group's secret. */
export type Group = z.infer<typeof current>;

const FIELDS_NAMED = 5;
const FIELD_CHARS = 80;

/** @throws never. Errors name fields, not values: the file holds a secret. */
export function parseGroup(text: string): { group: Group } | { error: string } {
  if (text.trim() === '') return { error: '`group.json` is empty: the client was stopped while it wrote it' };
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { error: '`group.json` is not JSON: the client was stopped while it wrote it' };
  }
  const newer = current.safeParse(content);
  if (newer.success) return { group: newer.data };
  const old = older.safeParse(content);
  if (old.success) return { group: migrated(old.data) };
  const fields = newer.error.issues.slice(0, FIELDS_NAMED).map(fieldOf).join(', ');
  return { error: `\`group.json\`: ${fields} not as sync-cli 0.1.0 writes it` };
}

const fieldOf = ({ path }: z.core.$ZodIssue): string =>
  `\`${path.length === 0 ? 'the whole' : path.join('.').slice(0, FIELD_CHARS)}\``;

function migrated({ relay_address, cursor: at, ...rest }: z.infer<typeof older>): Group {
  return { ...rest, relay_addresses: [relay_address], cursors: at === 0 ? {} : { [relay_address]: at } };
}

export const serialiseGroup = (group: Group): string => JSON.stringify(group);

/** The same group over these relays, in this order; what was already pulled from them is not pulled again. */
export const withRelays = (group: Group, ids: readonly string[]): Group => ({ ...group, relay_addresses: [...ids] });

/** As if nothing had been pulled yet: for scratch data folders that ask one relay for everything. */
export const withoutCursors = (group: Group): Group => ({ ...group, cursors: {} });

/**
 * Makes `group` the same group as `other`. One passphrase gives different groups on machines with less and more than
 * 4 000 or 8 000 MB of memory, as the cost of the key derivation follows it.
 */
export const withKeyOf = (group: Group, { group_id, group_secret_hex, salt_hex }: Group): Group => ({
  ...group,
  group_id,
  ...(group_secret_hex === undefined ? {} : { group_secret_hex }),
  ...(salt_hex === undefined ? {} : { salt_hex }),
});
