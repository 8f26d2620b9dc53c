import type { Argv } from '../../faults/argv.ts';
import type { NetemShape } from '../../contract/fault-spec.ts';
import { expectedLossPercent } from '../../faults/expected-loss.ts';

export interface PingStats {
  sent: number;
  received: number;
  duplicates: number;
  lossPercent: number;
  /** Average round trip; null when nothing came back. */
  rttMs: number | null;
  /** All are sent at once: what came back, by the time that the last one took. For rates only. */
  throughputKbit?: number;
}

const BIG_PAYLOAD = 1400;
const SMALL_PAYLOAD = 56;
/** With the headers of ICMP and IPv4. */
const HEADERS = 28;
const MOST = 500;
/** A burst of so long is enough to tell its throughput. */
const BURST_SECONDS = 1.5;

/**
 * How many and how large the pings must be for `shape` to show; all at once for a rate. By the route, as all other traffic: an interface that
 * is named and that nothing takes shows nothing. Source: ping(8).
 */
export function pingWords(shape: NetemShape, address: string): Argv {
  const rare = [expectedLossPercent(shape), shape.lossBursts?.enterPercent, shape.lossState?.enterPercent];
  const rarest = Math.min(...[...rare, shape.duplicatePercent, shape.corruptPercent].map((p) => p || 100));
  const needed = Math.min(MOST, Math.max(5, Math.ceil(800 / rarest)));
  const burst = shape.rateKbit === undefined ? 0 : burstOf(shape.rateKbit);
  const count = Math.max(needed, burst);
  const interval = count > 100 ? '0.01' : count > 20 ? '0.02' : '0.2';
  const delays = (shape.delayMs ?? 0) + (shape.jitterMs ?? 0) + (shape.slot?.maxMs ?? shape.slot?.minMs ?? 0);
  const patience = Math.ceil(
    2 + (4 * delays) / 1000 + (burst === 0 ? 0 : (2 * count * bitsOf(BIG_PAYLOAD)) / 1000 / (shape.rateKbit ?? 1)),
  );
  const bytes = shape.rateKbit === undefined ? SMALL_PAYLOAD : BIG_PAYLOAD;
  const atOnce = burst === 0 ? [] : ['-l', `${burst}`];
  return [
    'ping',
    '-n',
    '-q',
    '-c',
    `${count}`,
    ...atOnce,
    '-i',
    interval,
    '-W',
    `${patience}`,
    '-s',
    `${bytes}`,
    address,
  ];
}

const bitsOf = (payload: number): number => (payload + HEADERS) * 8;

const burstOf = (rateKbit: number): number =>
  Math.min(100, Math.max(10, Math.ceil((rateKbit * 1000 * BURST_SECONDS) / bitsOf(BIG_PAYLOAD))));

/** Reads the summary of `ping -q`; undefined where there is none (no such program, no route). */
export function parsePing(output: string): PingStats | undefined {
  const counts = /(\d+) packets transmitted, (\d+) (?:packets )?received/.exec(output);
  if (!counts) return undefined;
  const [sent, received] = [Number(counts[1]), Number(counts[2])];
  const duplicates = Number(/\+(\d+) duplicates/.exec(output)?.[1] ?? 0);
  const [, rtt, longest] = /= [\d.]+\/([\d.]+)\/([\d.]+)\//.exec(output) ?? [];
  const payload = Number(/\) (?:from .*)?(\d+)\(\d+\) bytes of data/.exec(output)?.[1] ?? 0);
  return {
    ...{ sent, received, duplicates, lossPercent: lossOf(sent, received) },
    rttMs: rtt === undefined ? null : Number(rtt),
    ...(payload === BIG_PAYLOAD && {
      throughputKbit: Math.round((received * bitsOf(payload)) / Math.max(1, Number(longest ?? 0))),
    }),
  };
}

const lossOf = (sent: number, received: number): number =>
  sent === 0 ? 100 : Math.round((1000 * (sent - received)) / sent) / 10;

/** Two looks as one. */
export function together(one: PingStats, other: PingStats): PingStats {
  const [sent, received] = [one.sent + other.sent, one.received + other.received];
  const mean = (a: number, b: number): number => (a * one.received + b * other.received) / Math.max(1, received);
  return {
    ...{ sent, received, duplicates: one.duplicates + other.duplicates, lossPercent: lossOf(sent, received) },
    rttMs: received === 0 ? null : Math.round(1000 * mean(one.rttMs ?? 0, other.rttMs ?? 0)) / 1000,
    ...(one.throughputKbit !== undefined &&
      other.throughputKbit !== undefined && {
        throughputKbit: Math.round(mean(one.throughputKbit, other.throughputKbit)),
      }),
  };
}

/** Which of the effects that `shape` asks for the pings show; each as a sentence with numbers. */
export function judgePing(
  shape: NetemShape,
  before: PingStats,
  during: PingStats,
): { shown: string[]; hidden: string[] } {
  const slower = (during.rttMs ?? 0) - (before.rttMs ?? 0);
  const rtts = `round trip ${before.rttMs ?? '—'} → ${during.rttMs ?? '—'} ms`;
  const lost = during.lossPercent - before.lossPercent;
  const losses = `loss ${before.lossPercent} → ${during.lossPercent} % of ${during.sent}`;
  const verdicts: [number | undefined, (asked: number) => boolean, string][] = [
    [shape.delayMs, (ms) => slower >= ms / 2, rtts],
    [shape.slot?.minMs, (ms) => slower >= ms / 4, `slots: ${rtts}`],
    [
      shape.rateKbit,
      (kbit) => isSlowed(kbit, before, during),
      `throughput ${before.throughputKbit ?? '—'} → ${during.throughputKbit ?? '—'} kbit/s`,
    ],
    [expectedLossPercent(shape), (percent) => lost >= percent / 3, losses],
    [shape.corruptPercent, (percent) => lost >= percent / 3, `corrupted: ${losses}`],
    [
      shape.duplicatePercent,
      () => during.duplicates > before.duplicates,
      `duplicates ${before.duplicates} → ${during.duplicates}`,
    ],
  ];
  const asked = verdicts.flatMap(([value, isShown, how]) => (value ? [{ bit: isShown(value), how }] : []));
  return {
    shown: asked.filter(({ bit }) => bit).map(({ how }) => how),
    hidden: asked.filter(({ bit }) => !bit).map(({ how }) => how),
  };
}

/** A little of the burst is over before the queue is full. */
const isSlowed = (
  rateKbit: number,
  { throughputKbit: before = 0 }: PingStats,
  { throughputKbit: during = 0 }: PingStats,
) => during <= 1.4 * rateKbit && during < 0.8 * before;
