import { z } from 'zod';
import type { Argv } from './argv.ts';

const percent = z.number().min(0.001).max(100);

/** Loss in bursts, by a chain of a good and a bad state (Gilbert-Elliott). Source: tc-netem(8), `loss gemodel`. */
const lossBursts = z.strictObject({
  /** Chance per packet to go from good to bad, and back. */
  enterPercent: percent,
  leavePercent: percent,
  /** Loss in each state. */
  badLossPercent: percent.default(100),
  goodLossPercent: z.number().min(0).max(100).default(0),
});

/**
 * Loss by a chain of four states: received, lost in a burst, received within a burst, lost alone. In percent, per packet; the kernel's
 * own defaults. Source: tc-netem(8), `loss state`.
 */
const lossState = z
  .strictObject({
    /** A burst begins, and ends. */
    enterPercent: percent,
    leavePercent: percent.optional(),
    /** Within a burst: from lost to received, and back. */
    recoverPercent: z.number().min(0).max(100).default(0),
    relapsePercent: percent.default(100),
    /** A packet is lost alone. */
    alonePercent: z.number().min(0).max(100).default(0),
  })
  .transform((chain) => ({ ...chain, leavePercent: chain.leavePercent ?? 100 - chain.enterPercent }))
  .refine(
    (chain) => chain.leavePercent + chain.recoverPercent <= 100,
    '`leavePercent` and `recoverPercent` are at most 100 together',
  )
  .refine(
    (chain) => chain.enterPercent + chain.alonePercent <= 100,
    '`enterPercent` and `alonePercent` are at most 100 together',
  );

/** Packets wait for a slot, as on radio and on hosts that are starved. Source: tc-netem(8), `slot`. */
const slot = z
  .strictObject({
    /** From one slot to the next: drawn between the two. */
    minMs: z.number().min(0.01).max(60_000),
    maxMs: z.number().min(0.01).max(60_000).optional(),
    /** How much fits into one. Default: all that waits. */
    packets: z.int().min(1).max(1_000_000).optional(),
    bytes: z.int().min(1).max(1_000_000_000).optional(),
  })
  .refine(({ minMs, maxMs = minMs }) => maxMs >= minMs, { path: ['maxMs'], message: 'is at least `minMs`' });

export type Shape = z.infer<typeof shapeSchema>;

export const shapeSchema = z
  .strictObject({
    delayMs: z.number().min(0.01).max(3_600_000).optional(),
    /** Spread of the delay, to both sides. Packets keep their order unless `reorderPercent` is given. */
    jitterMs: z.number().min(0.01).max(3_600_000).optional(),
    /** Of the jitter. Default: uniform. */
    distribution: z.enum(['normal', 'pareto', 'paretonormal']).optional(),
    lossPercent: percent.optional(),
    lossBursts: lossBursts.optional(),
    lossState: lossState.optional(),
    duplicatePercent: percent.optional(),
    corruptPercent: percent.optional(),
    /** Sent at once, ahead of the delayed ones. */
    reorderPercent: percent.optional(),
    rateKbit: z.number().min(1).max(100_000_000).optional(),
    slot: slot.optional(),
    lossCorrelationPercent: z
      .never(
        "the kernel's correlated loss loses nearly nothing (0.2 % where 20 % with 75 % was asked for): use `lossBursts`",
      )
      .optional(),
  })
  .check((context) => {
    const problem = problemOf(context.value);
    if (problem)
      context.issues.push({ code: 'custom', message: problem.message, path: [problem.path], input: context.value });
  });

/** An effect of 0 is none: so that an option can be switched off. */
export const withoutNone = (shape: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== 0));

const LOSSES = ['lossPercent', 'lossBursts', 'lossState'] as const;
const EFFECTS = ['delayMs', ...LOSSES, 'duplicatePercent', 'corruptPercent', 'rateKbit', 'slot'] as const;

function problemOf(shape: Record<string, unknown>): { path: string; message: string } | undefined {
  const has = (name: string): boolean => shape[name] !== undefined;
  if (!EFFECTS.some(has)) return { path: 'delayMs', message: `needs at least one of ${EFFECTS.join(', ')}` };
  if (has('jitterMs') && !has('delayMs'))
    return { path: 'jitterMs', message: 'jitter is a spread of `delayMs`: give that too' };
  if (Number(shape['jitterMs']) > Number(shape['delayMs']))
    return { path: 'jitterMs', message: 'is at most `delayMs`' };
  if (has('distribution') && !has('jitterMs'))
    return { path: 'distribution', message: 'is that of `jitterMs`: give that too' };
  if (has('reorderPercent') && !has('delayMs'))
    return { path: 'reorderPercent', message: 'needs `delayMs`: packets overtake delayed ones' };
  const [, second] = LOSSES.filter(has);
  if (second !== undefined) return { path: second, message: `one of ${LOSSES.join(', ')}, not several` };
  return undefined;
}

/** The words after `netem`. All in one: duplication does not mix with other netems in the tree. */
export function effectWords(shape: Shape): Argv {
  const { delayMs, jitterMs, distribution, lossPercent, lossBursts: bursts, lossState: chain } = shape;
  return [
    ...(delayMs === undefined ? [] : ['delay', `${delayMs}ms`]),
    ...(jitterMs === undefined ? [] : [`${jitterMs}ms`]),
    ...(distribution === undefined ? [] : ['distribution', distribution]),
    ...(lossPercent === undefined ? [] : ['loss', `${lossPercent}%`]),
    ...(bursts === undefined ? [] : burstWords(bursts)),
    ...(chain === undefined ? [] : stateWords(chain)),
    ...percentWords('duplicate', shape.duplicatePercent),
    ...percentWords('corrupt', shape.corruptPercent),
    ...percentWords('reorder', shape.reorderPercent),
    ...rateWords(shape),
    ...(shape.slot === undefined ? [] : slotWords(shape.slot)),
  ];
}

const percentWords = (what: string, value: number | undefined): string[] =>
  value === undefined ? [] : [what, `${value}%`];

const burstWords = (bursts: z.infer<typeof lossBursts>): string[] => [
  'loss',
  'gemodel',
  ...[bursts.enterPercent, bursts.leavePercent, bursts.badLossPercent, bursts.goodLossPercent].map((p) => `${p}%`),
];

/** In the order p13 p31 p32 p23 p14. */
const stateWords = (chain: z.infer<typeof lossState>): string[] => [
  'loss',
  'state',
  ...[chain.enterPercent, chain.leavePercent, chain.recoverPercent, chain.relapsePercent, chain.alonePercent].map(
    (p) => `${p}%`,
  ),
];

const slotWords = ({ minMs, maxMs = minMs, packets, bytes }: z.infer<typeof slot>): string[] => [
  ...['slot', `${minMs}ms`, `${maxMs}ms`],
  ...(packets === undefined ? [] : ['packets', `${packets}`]),
  ...(bytes === undefined ? [] : ['bytes', `${bytes}`]),
];

/** With any rate netem keeps packets in order; without, jitter of half the delay costs TCP 99 % of its throughput. */
function rateWords({ rateKbit, jitterMs, reorderPercent }: Shape): string[] {
  if (rateKbit !== undefined) return ['rate', `${rateKbit}kbit`];
  return jitterMs !== undefined && reorderPercent === undefined ? ['rate', '10gbit'] : [];
}

/** Full-size packets of a 1 Gbit/s interface, per second. */
const FASTEST_PPS = 83_000;

/**
 * Packets that netem may hold. Too few is a loss that nobody asked for (1000, its default, lost 28 % of 13,400 packets/s at 100 ms);
 * too many at a low rate is a queue of minutes.
 */
export function packetLimit({ delayMs = 0, jitterMs = 0, rateKbit }: Shape): number {
  const seconds = (delayMs + jitterMs) / 1000;
  if (rateKbit === undefined) return Math.max(20_000, Math.ceil(1.5 * FASTEST_PPS * seconds));
  const fullSizePps = (rateKbit * 1000) / 8 / 1500;
  // In flight: packets a third of full size. Waiting: half a second's worth.
  return Math.ceil(1.5 * 3 * fullSizePps * seconds) + Math.max(100, Math.ceil(fullSizePps / 2));
}
