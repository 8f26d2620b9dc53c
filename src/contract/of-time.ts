import type { FindingId } from './finding-ids.ts';

/**
 * What says nothing of 0k-sync where the clock of a relay's machine jumped (it drops by age, and certificates and time-outs are of a time), or
 * somebody restarted a relay (it has another id then), or others may have broken it, as the run's locks were taken away.
 */
export const OF_TIME: ReadonlySet<string> = new Set<FindingId>([
  'push-not-acknowledged',
  'push-hangs',
  'not-delivered',
  'not-recovered',
  'relay-lacks',
  'relay-unreachable',
  'lost',
]);
