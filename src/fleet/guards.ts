import { z } from 'zod';
import { timeZone } from './nightly.ts';

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Of a command. */
export const words = z
  .array(
    z
      .string()
      .min(1)
      .regex(/^[^\0]*$/, 'a word of a command has no NUL'),
  )
  .min(1);

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "20:00"');
const seconds = z.number().min(1).max(86_400);
/** Nothing could be asked there by a name and a password, and they would stand in histories, journals and errors. */
export const webAddress = z.url({ protocol: /^https?$/ }).refine((text) => isWithoutUser(text), {
  message: 'an address with a user or a password in it, which would be shown to others: leave them out',
  params: { secret: true },
});

function isWithoutUser(text: string): boolean {
  const { username = '', password = '' } = URL.canParse(text) ? new URL(text) : {};
  return username === '' && password === '';
}

const device = z.string().regex(/^[^\s/:]{1,15}$/, 'the name of an interface, such as wg0');

/** Faults may be injected within. `to` before `from`: until the next day. `days`: those on which it begins. */
const hours = z
  .strictObject({
    from: time,
    to: time,
    timezone: timeZone,
    days: z
      .array(z.enum(DAYS))
      .min(1)
      .default([...DAYS]),
  })
  .refine(({ from, to }) => from !== to, '`from` and `to` are the same; leave `hours` out where any hour will do');

const metric = z
  .strictObject({
    /** Of the metrics, as Prometheus reads them. */
    url: webAddress,
    name: z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'the name of a metric, without labels'),
    above: z.number().optional(),
    below: z.number().optional(),
  })
  .refine(({ above, below }) => above !== undefined || below !== undefined, 'say `above`, `below` or both');

type Watch = Partial<Record<'url' | 'status' | 'contains' | 'metric' | 'command' | 'machine', unknown>>;
const ways = ({ url, metric: of, command }: Watch): number =>
  [url, of, command].filter((way) => way !== undefined).length;

/** A look that must succeed: one that fails for `forSeconds` without a break aborts the run. */
const abortWhen = z
  .strictObject({
    url: webAddress.optional(),
    /** Default: any 2xx. */
    status: z.int().min(100).max(599).optional(),
    contains: z.string().min(1).optional(),
    metric: metric.optional(),
    /** Must exit 0 on `machine`. */
    command: words.optional(),
    machine: z.string().optional(),
    forSeconds: seconds,
    everySeconds: seconds.default(5),
  })
  .refine((watch) => ways(watch) === 1, 'say what to look at with one of `url`, `metric` or `command`')
  .refine(
    ({ url, status, contains }) => url !== undefined || (status ?? contains) === undefined,
    '`status` and `contains` go with `url`',
  )
  .refine(
    ({ command, machine }) => (command === undefined) === (machine === undefined),
    '`command` and `machine` go together',
  );

/** What a fleet lets nobody do, whoever asks. */
export const guardsSchema = z.strictObject({
  /** Never broken: relays, clients, machines, or `all relays`; interfaces by machine. */
  never: z
    .strictObject({
      targets: z.array(z.string().min(1)).default([]),
      interfaces: z.record(z.string(), z.array(device).min(1)).default({}),
    })
    .prefault({}),
  /** A fault that stands longer is healed, and its run aborted. */
  longestFaultSeconds: z.number().min(5).max(86_400).optional(),
  /** At a time, on all machines together. */
  mostFaults: z.int().min(1).max(1000).optional(),
  hours: hours.optional(),
  abortWhen: z.array(abortWhen).max(20).default([]),
});

export type Guards = z.infer<typeof guardsSchema>;
export type Hours = NonNullable<Guards['hours']>;
export type AbortWhen = Guards['abortWhen'][number];
