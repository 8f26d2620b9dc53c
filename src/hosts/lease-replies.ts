import { z } from 'zod';

const header = z.object({
  id: z.string(),
  owner: z.string(),
  kind: z.string(),
  target: z.string(),
  summary: z.string(),
  bearer: z.string(),
  armedAt: z.string(),
});
const key = z.string();
/** lease.sh tells 4 000 characters: what is longer is of a machine that makes it up, and goes into every message about it. */
const evidence = z.string().transform((text) => text.slice(0, 6_000));
const lease = header.nullable();
const healedBy = z.enum(['frame', 'hold', 'sweep', 'lease', 'hand', 'somebody']);

/** A clock may be years off: not beyond what JavaScript can tell. */
const isoTime = z
  .number()
  .transform((seconds) => new Date(Math.max(0, Math.min(seconds, 8.64e12)) * 1000).toISOString());
const bootMeans = z.enum(['systemd', 'cron', 'none']);

const healed = z.object({
  key,
  state: z.literal('healed'),
  lease: header,
  by: healedBy,
  /** ISO 8601, by the machine's clock. */
  at: isoTime,
  /** The fault still stood when it was healed. */
  stood: z.boolean(),
});
/** Still there after its heal; the lease is kept and its timer goes on trying. */
const stands = z.object({ key, state: z.literal('stands'), lease, evidence });
/** No lease and no record of one. */
const unknown = z.object({ key, state: z.literal('unknown'), lease });
/** A file in the ledger that is not one of ours, or damaged; `evidence` is its path. Left alone. */
const junk = z.object({ key, state: z.literal('junk'), lease, evidence });

/** `standing: null`: not probed, as the fault settles later, or the look failed. */
const armed = z.object({
  key,
  state: z.literal('armed'),
  lease: header,
  already: z.boolean(),
  standing: z.boolean().nullable(),
  boot: bootMeans.optional(),
});
/** Another fault has the bearer: `lease` is that one. */
const busy = z.object({ key, state: z.literal('busy'), lease: header });
/** Somebody else has the bearer: `evidence` is what the machine says about it. */
const foreign = z.object({ key, state: z.literal('foreign'), lease, evidence });
/** Somebody with a higher token has come for `resource` since: whoever comes with this one has lost its lock. */
const fenced = z.object({
  key,
  state: z.literal('fenced'),
  lease,
  resource: z.string(),
  token: z.number(),
  fence: z.number(),
});
/** The lease could not be armed, so nothing was broken. */
const unarmed = z.object({ key, state: z.literal('unarmed'), lease, evidence });
/** Healed at once; `standing: true` when that could not be verified, and then the lease is kept. */
const injectFailed = z.object({ key, state: z.literal('inject-failed'), lease, evidence, standing: z.boolean() });

/** Nothing is broken there: `evidence` is what the file of the brake says. */
const braked = z.object({ key, state: z.literal('braked'), lease, evidence });

export const armReply = z.discriminatedUnion('state', [
  braked,
  armed,
  busy,
  foreign,
  fenced,
  healed,
  unarmed,
  injectFailed,
]);
export const brakeReply = z.discriminatedUnion('state', [
  braked,
  z.object({ key, state: z.literal('released'), lease }),
  /** It could not be put on, or not surely. */
  z.object({ key, state: z.literal('unbraked'), lease, evidence }),
]);
export const healReply = z.discriminatedUnion('state', [healed, stands, unknown, junk]);
export const renewReply = z.discriminatedUnion('state', [
  z.object({
    key,
    state: z.literal('renewed'),
    lease: header,
    standing: z.boolean().nullable(),
    /** What the probe showed when the fault does not stand, or why the kernel's own timer was not renewed. */
    evidence: evidence.default(''),
  }),
  /** Healed, or its deadline has passed: never revived. */
  z.object({ key, state: z.literal('expired'), lease: header }),
  z.object({ key, state: z.literal('unrenewed'), lease: header, evidence }),
  junk,
]);
export const fenceReply = z.discriminatedUnion('state', [
  /** `fence`: how high it stands now. */
  z.object({ key, state: z.literal('raised'), lease, fence: z.number() }),
  z.object({ key, state: z.literal('unraised'), lease, evidence }),
]);
export const listReply = z.discriminatedUnion('state', [
  z.object({
    key,
    state: z.literal('leased'),
    lease: header,
    /** Until it ends by itself; negative: overdue. */
    seconds: z.number(),
    /** False: the machine was booted since. */
    thisBoot: z.boolean(),
    /** Why the last heal did not do; empty: none failed. */
    note: z.string(),
    /** Heals that did not do; they are tried without end. */
    tries: z.number(),
    /** ISO 8601, by the machine's clock: the first of them. Null: none failed. */
    since: z.nullable(isoTime),
    /** What heals it after a reboot, where one does not undo it: nothing but a sweep or a person, where `none`. */
    boot: bootMeans.optional(),
    /** Only where asked for; null: could not look. */
    standing: z.boolean().nullable().optional(),
  }),
  junk,
]);

export type ArmReply = z.infer<typeof armReply>;
export type BrakeReply = z.infer<typeof brakeReply>;
export type HealReply = z.infer<typeof healReply>;
export type RenewReply = z.infer<typeof renewReply>;
export type FenceReply = z.infer<typeof fenceReply>;
export type ListReply = z.infer<typeof listReply>;
