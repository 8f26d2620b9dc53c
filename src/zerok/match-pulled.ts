import { binaryBytes, type PullResult, type PullRow } from './pull-output.ts';
import { readPage } from './read-page.ts';

/** What is there of what is known to have been pushed. */
export interface Pulled {
  /** `place`: of its first copy, in the order in which the client shows them. */
  found: { text: string; copies: number; cursors: number[]; place: number }[];
  missing: string[];
  /** Rows that nobody is known to have pushed: a foreign message, or an altered one. */
  strangers: PullRow[];
  /** Rows that are not UTF-8: `<binary 256 bytes>` is all that the client shows of them. */
  binaries: { cursor: number; bytes: number }[];
  /** Cursors of two rows of a page of which the lower stands below the higher. */
  falling?: [number, number];
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
  const seen = new Map([...texts].map((text) => [text, { cursors: [] as number[], place: 0 }]));
  const pulled: Pulled = { found: [], missing: [], strangers: [], binaries: [], ambiguous: false };
  let place = 0;
  for (const { rows, ambiguous } of readings) {
    pulled.ambiguous ||= ambiguous;
    for (const [n, row] of rows.entries()) {
      place += 1;
      const before = rows[n - 1]?.cursor ?? 0;
      if (row.cursor < before) pulled.falling ??= [before, row.cursor];
      const bytes = binaryBytes(row.text);
      const known = seen.get(row.text);
      if (known !== undefined) {
        known.place ||= place;
        known.cursors.push(row.cursor);
      } else if (bytes !== undefined) pulled.binaries.push({ cursor: row.cursor, bytes });
      else pulled.strangers.push(row);
    }
  }
  for (const [text, { cursors, place: first }] of seen) {
    if (cursors.length === 0) pulled.missing.push(text);
    else pulled.found.push({ text, copies: cursors.length, cursors, place: first });
  }
  return pulled;
}

const pagesOf = (pages: PullResult | readonly PullResult[]): readonly PullResult[] =>
  'kind' in pages ? [pages] : pages;
