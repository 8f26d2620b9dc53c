import { z } from 'zod';

export const timeZone = z
  .string()
  .refine((zone) => isTimeZone(zone), 'a time zone such as `UTC` or `Europe/Berlin`, spelt so; it is never guessed');

/** As Temporal takes it too: by name, in its own upper and lower case. */
function isTimeZone(zone: string): boolean {
  try {
    const { timeZone: named } = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions();
    return /^[A-Z]/.test(zone) && (named === zone || named.toLowerCase() !== zone.toLowerCase());
  } catch {
    return false;
  }
}

/** What `0k-chaos schedule apply` keeps as a Temporal schedule: a suite, again and again. */
export const nightlySchema = z
  .strictObject({
    /** Time of day, `HH:MM`. */
    at: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "02:30"')
      .optional(),
    cron: z
      .string()
      .regex(/^(\S+ ){4}\S+$/, 'five fields, such as "30 2 * * 1-5"')
      .optional(),
    /** A time between two, such as `6h`. */
    every: z
      .string()
      .regex(/^[1-9]\d{0,3}[mhd]$/, 'a time such as 90m, 6h or 1d')
      .optional(),
    timezone: timeZone,
    /** How long after its time a night may still begin, when the server was off. */
    catchUpMinutes: z.int().min(1).max(1440).default(60),
    scenarios: z.union([z.literal('all'), z.array(z.string().min(1)).min(1)]).default('all'),
    /** `nightly`: as often as the family of each scenario needs. */
    iterations: z.union([z.int().min(1).max(1000), z.literal('nightly')]).default('nightly'),
    parallel: z.int().min(1).max(16).default(1),
    /** Absent: another one each night. */
    seed: z.int().min(0).max(0xffffffff).optional(),
    leaseSeconds: z.number().min(5).max(3600).optional(),
    options: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  })
  .refine(
    ({ at, cron, every }) => [at, cron, every].filter((when) => when !== undefined).length === 1,
    'say when with one of `at`, `cron` or `every`',
  );

export type Nightly = z.infer<typeof nightlySchema>;
