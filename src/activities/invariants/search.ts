import { setImmediate as others } from 'node:timers/promises';
import { scanForLeaks, type Leak, type Needle } from '../../zerok/leak.ts';
import type { Inquest } from './index.ts';

/** A search of so much takes some tenths of a second, in which this worker does nothing else: heartbeats have to get through. */
const SLICE_BYTES = 8 * 1024 * 1024;
/** Longer than any form of a piece of a message. */
const OVERLAP_BYTES = 64 * 1024;

/** The first place of each needle in each form, slice by slice. */
export async function leaksIn(haystack: string | Buffer, needles: readonly Needle[]): Promise<Leak[]> {
  const hay = typeof haystack === 'string' ? Buffer.from(haystack) : haystack;
  const leaks: Leak[] = [];
  for (let at = 0; at === 0 || at + OVERLAP_BYTES < hay.length; at += SLICE_BYTES - OVERLAP_BYTES) {
    const found = new Set(leaks.map(({ label }) => label));
    const left = needles.filter(({ label }) => !found.has(label));
    const slice = scanForLeaks(hay.subarray(at, at + SLICE_BYTES), left);
    leaks.push(...slice.leaks.map((leak) => ({ ...leak, offset: at + leak.offset })));
    await others();
  }
  return leaks;
}

/** @returns how many of the needles are there */
export async function report(
  { seen }: Pick<Inquest, 'seen'>,
  where: string,
  id: string,
  haystack: string | Buffer,
  needles: Needle[],
): Promise<number> {
  const leaks = await leaksIn(haystack, needles);
  const [first] = leaks;
  if (first === undefined) return 0;
  const message = `${where} holds ${first.label} (${first.encoding}, at byte ${first.offset})`;
  seen.broken.push({ id, message, count: new Set(leaks.map(({ label }) => label)).size });
  return leaks.length;
}
