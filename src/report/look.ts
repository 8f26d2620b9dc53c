import { stripVTControlCharacters } from 'node:util';

/** How text may look where it is going. */
export interface Look {
  /** In columns. Default 80. */
  width?: number;
  colour?: boolean;
  /** ASCII only, for terminals and pipes that cannot show more. */
  ascii?: boolean;
}

const SGR = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = keyof typeof SGR;

const DEFAULT_WIDTH = 80;
/** Narrower than this nothing can be laid out; text then runs over the edge. */
const NARROWEST = 20;

export const widthOf = ({ width }: Look): number => Math.max(NARROWEST, Math.floor(width ?? DEFAULT_WIDTH));

export const paint = (look: Look, style: Style, text: string): string =>
  look.colour === true && text !== '' ? `\u001b[${SGR[style]}m${text}\u001b[0m` : text;

const ASCII: Record<string, string> = {
  '…': '...',
  '’': "'",
  '‘': "'",
  '“': '"',
  '”': '"',
  '–': '-',
  '—': '-',
  '→': '->',
  '×': 'x',
  '±': '+-',
};

/** More than this on one line nobody reads; and Node 20 takes quadratic time to find graphemes. */
const LONGEST = 2_000;

/**
 * One line that does no harm to a terminal. What machines print may hold escape sequences; they must not reach the
 * terminal of the person who reads about it.
 */
export function oneLine(text: string, look: Look = {}): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const line = stripVTControlCharacters(shown)
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '\ufffd')
    .trim();
  return look.ascii === true ? toAscii(line) : line;
}

/** Everything that acts on a terminal, or on the order in which it shows what follows. Source: Unicode, general categories. */
const ACTS = /[\p{Cc}\p{Cf}\p{Cs}]/gu;
// oxlint-disable-next-line no-control-regex
const PAINTED = /(\u001b\[[0-9;]{0,20}m)/;

/** Several lines that do no harm to a terminal: line ends and tabs stay, and colours where we may have painted. */
export const harmless = (text: string, { colour = false }: Look = {}): string =>
  colour
    ? text
        .split(PAINTED)
        .map((part, n) => (n % 2 === 1 ? part : unarmed(part)))
        .join('')
    : unarmed(stripVTControlCharacters(text));

const unarmed = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(ACTS, (one) => (one === '\n' || one === '\t' || one === '\u200d' ? one : '\ufffd'));

/** JSON is pure data, and yet it is shown on terminals: what acts on one is escaped. */
export const harmlessJson = (json: string): string =>
  json.replace(ACTS, (one) =>
    one === '\n' ? one : Array.from({ length: one.length }, (_, n) => escaped(one, n)).join(''),
  );

const escaped = (text: string, n: number): string => `\\u${text.charCodeAt(n).toString(16).padStart(4, '0')}`;

const toAscii = (line: string): string =>
  line
    .replace(/[…’‘“”–—→×±]/g, (character) => ASCII[character] ?? '?')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]/gu, '?');

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\uff01-\uff60])/u;
const PLAIN = /^[\x20-\x7e]*$/;

/** The columns that a terminal gives to `text`, which has no escape sequences. */
export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

/** Breaks a line at spaces so that each part fits `width`; a longer word is broken where it must be. */
export function wrap(line: string, width: number): string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ').flatMap((whole) => pieces(whole, width))) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (current !== '' && columnsOf(longer) > width) {
      lines.push(current);
      current = word;
    } else {
      current = longer;
    }
  }
  return [...lines, current];
}

function pieces(word: string, width: number): string[] {
  if (columnsOf(word) <= width) return [word];
  if (PLAIN.test(word)) return word.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  const parts = [''];
  let used = 0;
  for (const { segment } of graphemes.segment(word)) {
    const columns = columnsOf(segment);
    if (used + columns > width && used > 0) {
      parts.push('');
      used = 0;
    }
    parts[parts.length - 1] += segment;
    used += columns;
  }
  return parts;
}

export const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - columnsOf(text)));

/** `0.5 s`, `12.3 s`, `2 min 5 s`: as exact as anybody reads it. */
export function duration(seconds: number): string {
  if (seconds < 99.95) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** `2026-02-08T10:11:12.000Z` → `10:11:12`. In UTC, as in the journal and on the relays. */
export const timeOfDay = (iso: string): string => iso.slice(11, 19);
