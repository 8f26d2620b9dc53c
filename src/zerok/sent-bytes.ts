import type { Finding } from '../contract/run.ts';
import { binaryBytes, isAnswer, type PullResult } from './pull-output.ts';
import { readPage } from './read-page.ts';

/** What a blob has beside its plaintext: nonce and tag. */
const SEAL_BYTES = 40;

/** Its own counters before and after pulls that nobody else was in the way of. */
export interface Served {
  relay: string;
  before: Record<string, number>;
  after: Record<string, number>;
  /** All that it answered meanwhile. */
  pages: readonly PullResult[];
}

/**
 * A client leaves out what it cannot decrypt: that a relay handed it a blob of another group, or a broken one, shows in nothing but the
 * bytes that it sent. Nothing is said where others pulled as well, or where a page can be read in several ways.
 */
export function sentBytes({ relay, before, after, pages }: Served, texts: ReadonlyMap<string, string>): Finding[] {
  const grew = (name: string): number => (after[name] ?? Number.NaN) - (before[name] ?? Number.NaN);
  const known = new Set(texts.keys());
  const readings = pages.map((page) => readPage(page, known));
  const isTold = pages.every(isAnswer) && !readings.some(({ ambiguous }) => ambiguous);
  const sent = grew('bytes_sent_total');
  if (!isTold || grew('pulls_total') !== pages.length || Number.isNaN(sent)) return [];
  const shown = readings.flatMap(({ rows }) => rows).reduce((sum, { text }) => sum + blobBytes(text), 0);
  if (sent === shown) return [];
  const message = `${relay} counts ${sent} bytes sent for ${pages.length} pull(s), in which clients could read blobs of ${shown} bytes`;
  return [{ id: sent > shown ? 'sends-more' : 'metrics-wrong', message, count: 1 }];
}

const blobBytes = (text: string): number => SEAL_BYTES + (binaryBytes(text) ?? Buffer.byteLength(text));
