import type { FaultSpec, NetemShape } from '../../contract/fault-spec.ts';
import type { Numbers } from './index.ts';
import { judgePing, type PingStats } from './ping.ts';

/** Lost pings that nobody asked for, as a machine under load loses them. */
const NOISE_PERCENT = 10;
/** A pull that takes so many times as long as before, and a second more, still waits for something. */
const SLOWER = 3;

/** Why what is measured after the heal is not what it was before the fault; undefined: it is. Pure. */
export function recovered(spec: FaultSpec, before: Numbers, after: Numbers): string | undefined {
  switch (spec.kind) {
    case 'container':
      return changed(before, after, ['status', 'health'])[0];
    case 'partition':
      return changed(before, after, Object.keys(before).filter(isReach(before)))[0];
    case 'netem':
      return 'pullMs' in before ? pullsNotBack(before, after) : pingsNotBack(spec, before, after);
  }
}

/** What was well before and is not the same now. */
const changed = (before: Numbers, after: Numbers, keys: string[]): string[] =>
  keys.flatMap((key) =>
    before[key] === undefined || before[key] === after[key] ? [] : [`${key} was ${before[key]}, is ${after[key]}`],
  );

const isReach =
  (before: Numbers) =>
  (key: string): boolean =>
    before[key] === 'reached' || before[key] === true || key === 'health';

function pingsNotBack(shape: NetemShape, before: Numbers, after: Numbers): string | undefined {
  const [was, is] = [before as unknown as PingStats, after as unknown as PingStats];
  const left = judgePing(shape, was, is).shown;
  // A delay or a rate that is less than what the path itself varies by shows nothing.
  if (left.length > 0 && isPlain(shape, was, is)) return `still disturbed: ${left.join('; ')}`;
  if (is.lossPercent - was.lossPercent > NOISE_PERCENT + lossNoise(is))
    return `still disturbed: loss ${was.lossPercent} → ${is.lossPercent} %`;
  return undefined;
}

/** One lost ping of few is noise. */
const lossNoise = ({ sent }: PingStats): number => (sent < 10 ? 100 / Math.max(1, sent) : 0);

/** A round trip that is 20 ms longer on an emulated machine is nothing; a lost packet, a doubled one or a slow burst is. */
const isPlain = ({ delayMs, slot }: NetemShape, was: PingStats, is: PingStats): boolean =>
  (delayMs === undefined && slot === undefined) || (is.rttMs ?? 0) - (was.rttMs ?? 0) > 20;

function pullsNotBack(before: Numbers, after: Numbers): string | undefined {
  const lost = changed(before, after, Object.keys(before).filter(isReach(before)))[0];
  const [was, is] = [Number(before['pullMs']), Number(after['pullMs'])];
  return lost ?? (is > SLOWER * was && is - was > 1_000 ? `a real pull takes ${is} ms, was ${was} ms` : undefined);
}
