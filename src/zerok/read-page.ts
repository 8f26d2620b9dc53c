import type { PullResult, PullRow } from './pull-output.ts';
import { rowStarts } from './pull-output.ts';

/** One way to read a page, and whether others fit as well. */
export interface Reading {
  rows: PullRow[];
  ambiguous: boolean;
}

/** Above this a page is taken line by line: bounds the work to a few million steps, and is not met by real messages. */
const MAX_LOOK_ALIKES = 200;

/**
 * Tells rows from lines that look like rows. Some of the lines begin a row, as many as the client counted, with rising
 * cursors; of all such choices, one with the fewest rows that are not `known`.
 */
export function readPage(page: PullResult, known: ReadonlySet<string>): Reading {
  const lookAlikes = page.rows.length - page.count;
  if (page.kind !== 'rows') return { rows: whole(page.rows, known), ambiguous: page.rows.length > 0 };
  if (lookAlikes === 0) return { rows: page.rows, ambiguous: false };
  if (lookAlikes > MAX_LOOK_ALIKES || page.count > MAX_LOOK_ALIKES) return { rows: page.rows, ambiguous: true };
  const choice = fewestStrangers(spansOf(page, lookAlikes, known), page.count);
  return choice === undefined
    ? { rows: page.rows, ambiguous: true }
    : { rows: [...chain(choice)], ambiguous: choice.several };
}

/** Of a page that was cut short what is known: the last row may be torn, and where the others begin cannot be told. */
function whole(rows: PullRow[], known: ReadonlySet<string>): PullRow[] {
  const last = rows.slice(-1).map(({ cursor, text }) => ({ cursor, text: withoutLastBreaks(text) }));
  return [...rows.slice(0, -1), ...last].filter(({ text }) => known.has(text));
}

/** Not by a pattern: that would look at every run of line breaks from each of its places. */
function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (text[end - 1] === '\n') end -= 1;
  return text.slice(0, end);
}

/** A row that would begin at one line and end before the line `next`. */
interface Span {
  row: PullRow;
  next: number;
  known: boolean;
}

function spansOf({ body, rows: lines }: PullResult, lookAlikes: number, known: ReadonlySet<string>): Span[][] {
  const starts = rowStarts(body);
  const longest = [...known].reduce((most, text) => Math.max(most, text.length), 0);
  return lines.map(({ cursor }, i) => {
    const from = starts[i]?.text ?? body.length;
    const spans: Span[] = [];
    for (let next = i + 1; next <= Math.min(lines.length, i + 1 + lookAlikes); next++) {
      const to = (starts[next]?.line ?? body.length + 1) - 1;
      const text = body.slice(from, to);
      spans.push({ row: { cursor, text }, next, known: to - from <= longest && known.has(text) });
    }
    return spans;
  });
}

/** A choice of rows from one line to the end of the page. */
interface Choice {
  row: PullRow;
  rest: Choice | undefined;
  strangers: number;
  several: boolean;
}

function fewestStrangers(spans: Span[][], count: number): Choice | undefined {
  let shorter: (Choice | undefined)[] = spans.map((from) =>
    best(
      from.filter(({ next }) => next === spans.length),
      [],
    ),
  );
  for (let rows = 2; rows <= count; rows++) {
    const tails = shorter;
    shorter = spans.map((from) =>
      best(
        from.filter(({ next }) => tails[next] !== undefined),
        tails,
      ),
    );
  }
  return shorter[0];
}

function best(spans: Span[], tails: (Choice | undefined)[]): Choice | undefined {
  let chosen: Choice | undefined;
  for (const { row, next, known } of spans) {
    const rest = tails[next];
    if (rest !== undefined && rest.row.cursor <= row.cursor) continue;
    const strangers = (known ? 0 : 1) + (rest?.strangers ?? 0);
    if (chosen !== undefined && strangers > chosen.strangers) continue;
    const tie = chosen?.strangers === strangers;
    chosen = tie && chosen ? { ...chosen, several: true } : { row, rest, strangers, several: rest?.several ?? false };
  }
  return chosen;
}

function* chain(choice: Choice): Generator<PullRow> {
  for (let at: Choice | undefined = choice; at !== undefined; at = at.rest) yield at.row;
}
