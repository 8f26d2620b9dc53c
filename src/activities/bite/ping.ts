import type { Argv } from '../../faults/argv.ts';
import type { NetemShape } from '../../contract/fault-spec.ts';

export interface PingStats {
  sent: number;
  received: number;
  duplicates: number;
  lossPercent: number;
  /** Average round trip; null when nothing came back. */
  rttMs: number | null;
}

const BIG_PAYLOAD = 1400;
const SMALL_PAYLOAD = 56;

/** How many and how large the pings must be for `shape` to show. Source: ping(8). */
export function pingWords(shape: NetemShape, address: string): Argv {
  const rarest = Math.min(...[shape.lossPercent, shape.duplicatePercent, shape.corruptPercent].map((p) => p ?? 100));
  const count = Math.min(200, Math.max(5, Math.ceil(800 / rarest)));
  const interval = count > 20 ? '0.02' : '0.2';
  const patience = Math.ceil(2 + (4 * ((shape.delayMs ?? 0) + (shape.jitterMs ?? 0))) / 1000);
  const bytes = shape.rateKbit === undefined ? SMALL_PAYLOAD : BIG_PAYLOAD;
  return ['ping', '-n', '-q', '-c', `${count}`, '-i', interval, '-W', `${patience}`, '-s', `${bytes}`, address];
}

/** Reads the summary of `ping -q`; undefined where there is none (no such program, no route). */
export function parsePing(output: string): PingStats | undefined {
  const counts = /(\d+) packets transmitted, (\d+) (?:packets )?received/.exec(output);
  if (!counts) return undefined;
  const [sent, received] = [Number(counts[1]), Number(counts[2])];
  const duplicates = Number(/\+(\d+) duplicates/.exec(output)?.[1] ?? 0);
  const rtt = /= [\d.]+\/([\d.]+)\//.exec(output)?.[1];
  return {
    ...{ sent, received, duplicates },
    lossPercent: sent === 0 ? 100 : Math.round((1000 * (sent - received)) / sent) / 10,
    rttMs: rtt === undefined ? null : Number(rtt),
  };
}

/** Which of the effects that `shape` asks for the pings show; each as a sentence with numbers. */
export function judgePing(
  shape: NetemShape,
  before: PingStats,
  during: PingStats,
): { shown: string[]; hidden: string[] } {
  const verdicts: [boolean, string][] = [];
  const slower = (during.rttMs ?? 0) - (before.rttMs ?? 0);
  const rtts = `round trip ${before.rttMs ?? '—'} → ${during.rttMs ?? '—'} ms`;
  if (shape.delayMs !== undefined) verdicts.push([slower >= shape.delayMs / 2, rtts]);
  if (shape.rateKbit !== undefined) {
    const serialisationMs = ((BIG_PAYLOAD + 28) * 8) / shape.rateKbit;
    verdicts.push([slower >= serialisationMs / 2, `${rtts} for ${BIG_PAYLOAD} bytes`]);
  }
  const lost = during.lossPercent - before.lossPercent;
  const losses = `loss ${before.lossPercent} → ${during.lossPercent} % of ${during.sent}`;
  if (shape.lossPercent !== undefined) verdicts.push([lost >= shape.lossPercent / 3, losses]);
  if (shape.corruptPercent !== undefined) verdicts.push([lost >= shape.corruptPercent / 3, `corrupted: ${losses}`]);
  if (shape.duplicatePercent !== undefined) {
    verdicts.push([during.duplicates > before.duplicates, `duplicates ${before.duplicates} → ${during.duplicates}`]);
  }
  return {
    shown: verdicts.filter(([bit]) => bit).map(([, how]) => how),
    hidden: verdicts.filter(([bit]) => !bit).map(([, how]) => how),
  };
}
