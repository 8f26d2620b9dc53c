import { classifyClientError } from './client-errors.ts';
import type { ClientError } from './client-errors.ts';
import { PULL_PAGE_ROWS } from './commands.ts';
import type { Printed } from './push-output.ts';

/**
 * - `rows`: the relay answered with some. `none`: it has nothing after the cursor, or the passphrase is another group's.
 * - `failed`: connected, and then the relay failed. `unreachable`: no relay was reached. Both say nothing of what is there.
 * - `refused`: the client is not arranged (`error` says how). `cut-short`: it did not print its last line.
 */
export type PullKind = 'rows' | 'none' | 'failed' | 'unreachable' | 'refused' | 'cut-short';

export interface PullRow {
  cursor: number;
  text: string;
}

export interface PullResult {
  kind: PullKind;
  /** How many rows the client says there are; `rows` may show more when a message holds lines that look like rows. */
  count: number;
  /** One a line that looks like a row; only `matchPulled` can tell rows from look-alikes. */
  rows: PullRow[];
  /** Where the client's cursor stands afterwards. */
  cursor?: number;
  /** The rows as printed, without the lines around them. */
  body: string;
  error?: ClientError;
  reason?: string;
}

/** Messages may hold the client's own phrases, but only after this line and before the last one. */
const FIRST_LINE = /^(?:Received (\d{1,9}) blob\(s\):|No new data\.|Pull failed: .*)$/m;
/** With its line break: without it the number may have been cut short. */
const LAST_LINE = /\n\nCursor updated to (\d{1,15})\n\s*$/;
/** After a line break of the client's own only: `^` would take other breaks in a message for one. */
const ROW = /(?<![^\n]) {2}\[(\d{1,15})\] /g;

/** Reads what `pull` printed. Judged by text: the exit code is 0 for a failed pull too. */
export function parsePull({ stdout, stderr, truncated }: Printed): PullResult {
  // What looks like the first line in the rest of it may stand in a message.
  if (truncated) return { ...NOTHING, kind: 'cut-short', reason: `printed more than is read, ${endOf(stdout)}` };
  const text = /^Received \d+ blob\(s\):\r$/m.test(stdout) ? stdout.replaceAll('\r\n', '\n') : stdout;
  const first = FIRST_LINE.exec(text);
  if (first === null) return withoutRows(text, stderr);
  if (first[0].startsWith('No new data')) return { ...NOTHING, kind: 'none' };
  if (first[1] !== undefined) return withRows(Number(first[1]), text.slice(first.index + first[0].length));
  return { ...NOTHING, kind: 'failed', ...reasonOf(classifyClientError(text), first[0].slice(0, WORDS_KEPT)) };
}

const NOTHING = { count: 0, rows: [], body: '' };
const WORDS_KEPT = 300;

const endOf = (words: string): string => `cut short after: ${words.slice(-WORDS_KEPT).replace(/\s*\n\s*/g, ' / ')}`;

function withoutRows(stdout: string, stderr: string): PullResult {
  const error = classifyClientError(stderr) ?? classifyClientError(stdout);
  const words = `${stdout}\n${stderr}`.trim();
  const reason = words === '' ? 'printed nothing' : endOf(words);
  return { ...NOTHING, kind: kindOf(error), ...reasonOf(error, reason) };
}

function kindOf(error: ClientError | undefined): PullKind {
  if (error === undefined) return 'cut-short';
  return ['timeout', 'unreachable', 'unknown-id'].includes(error.kind) ? 'unreachable' : 'refused';
}

const reasonOf = (error: ClientError | undefined, words: string): Pick<PullResult, 'error' | 'reason'> =>
  error === undefined
    ? { reason: words }
    : { error, reason: [error.line, ...error.relays.map(({ why }) => why)].join('; ') };

function withRows(count: number, rest: string): PullResult {
  const last = LAST_LINE.exec(rest);
  const body = rest.slice(0, last?.index).replace(/^\n\n/, '');
  const rows = rowsOf(body);
  if (last === null || rows.length < count) {
    return { kind: 'cut-short', count, rows, body, reason: `shows ${rows.length} of ${count} rows` };
  }
  return { kind: 'rows', count, rows, body, cursor: Number(last[1]) };
}

/** Where the lines stand that look like the beginning of a row, and where the text after their cursor begins. */
export const rowStarts = (body: string): { line: number; text: number; cursor: number }[] =>
  [...body.matchAll(ROW)].map((found) => ({
    line: found.index,
    text: found.index + found[0].length,
    cursor: Number(found[1]),
  }));

function rowsOf(body: string): PullRow[] {
  const starts = rowStarts(body);
  return starts.map(({ cursor, text }, i) => ({
    cursor,
    text: body.slice(text, (starts[i + 1]?.line ?? body.length + 1) - 1),
  }));
}

/** From where to ask for the next page; `undefined` after the last. */
export const nextPage = ({ kind, count, cursor }: PullResult): number | undefined =>
  kind === 'rows' && count >= PULL_PAGE_ROWS ? cursor : undefined;

/** The relay answered: with rows, or that there is nothing new. */
export const isAnswer = ({ kind }: PullResult): boolean => kind === 'rows' || kind === 'none';

/** Of what is no text the client shows `<binary 256 bytes>`: that number; undefined of a text. */
export function binaryBytes(text: string): number | undefined {
  const bytes = /^<binary (\d{1,15}) bytes>$/.exec(text)?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}
