import type { PullResult, PullRow } from './pull-output.ts';
import { readPage } from './read-page.ts';

/** What is there of what is known to have been pushed. */
export interface Pulled {
  found: { text: string; copies: number; cursors: number[] }[];
  missing: string[];
  /** Rows that nobody is known to have pushed: a foreign message, or an altered one. */
  strangers: PullRow[];
  /** Rows that are not UTF-8: `<binary 256 bytes>` is all that the client shows of them. */
  binaries: { cursor: number; bytes: number }[];
  /** More than one way to read the rows fits what is known: the counts are one of them. */
  ambiguous: boolean;
}

/**
 * Finds the known texts in one or more pages. A newline in a message cannot be told from a further row, so a page is read
 * in the way that explains its count of rows with the fewest strangers.
 */
export function matchPulled(pages: PullResult | readonly PullResult[], known: Iterable<string>): Pulled {
  const texts = new Set(known);
  const readings = pagesOf(pages).map((page) => readPage(page, texts));
  const cursors = new Map([...texts].map((text): [string, number[]] => [text, []]));
  const pulled: Pulled = { found: [], missing: [], strangers: [], binaries: [], ambiguous: false };
  for (const { rows, ambiguous } of readings) {
    pulled.ambiguous ||= ambiguous;
    for (const row of rows) {
      const bytes = /^<binary (\d{1,15}) bytes>$/.exec(row.text)?.[1];
      const at = cursors.get(row.text);
      if (at !== undefined) at.push(row.cursor);
      else if (bytes !== undefined) pulled.binaries.push({ cursor: row.cursor, bytes: Number(bytes) });
      else pulled.strangers.push(row);
    }
  }
  for (const [text, at] of cursors) {
    if (at.length === 0) pulled.missing.push(text);
    else pulled.found.push({ text, copies: at.length, cursors: at });
  }
  return pulled;
}

const pagesOf = (pages: PullResult | readonly PullResult[]): readonly PullResult[] =>
  'kind' in pages ? [pages] : pages;
