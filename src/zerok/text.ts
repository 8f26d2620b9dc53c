import { createHash } from 'node:crypto';
import type { MessageSpec, Shape } from '../contract/message-spec.ts';

/** What the client itself prints around rows: a message that holds it must not mislead whoever reads the output. */
const LOOK_ALIKES = [
  '  [1] hello one',
  'No new data.',
  'Push successful!',
  '  Blob ID: 00000000-0000-4000-8000-000000000000',
  'Received 2 blob(s):',
  'Cursor updated to 7',
  'Pull failed: all relays failed: ',
];
const SCRIPTS = ['Grüße aus Köln', '日本語のテキスト', 'שלום עולם', 'привет', '🦊🏳️‍🌈', 'e\u0301 ≠ é', 'नमस्ते'];

/** What is lost where a text is normalised or cleaned, or kept in 16 bits a character: an accent of its own, a byte order mark, a fox. */
const FRAGILE = 'e\u0301\uFEFF🦊';

/** A text that is cut off shows its beginning; in characters. */
const PREFIX = 64;

/** Of a token that stands on several lines of 16 characters and more, or in two packets, one of these is whole. */
const WINDOW = 12;
const WINDOWS = [0, 3, 6, 9, 12];

/** One byte each, and no white space: a person can read them in a log. */
const SINGLES = Array.from({ length: 94 }, (_, n) => String.fromCharCode(33 + n)).filter((c) => !'-"\'`'.includes(c));

/**
 * The text of a message: unique in its run and, but for one byte, in the world; the same for the same run and spec, so that nobody
 * has to carry it around. Never ends in white space, as the client's output could not show it.
 *
 * @param run `ownerOf` the run
 */
export function textOf(run: string, spec: MessageSpec): string {
  const token = createHash('sha256').update(`${run} ${spec.seed} ${spec.id}`).digest('hex').slice(0, 24);
  if (spec.shape === 'byte') return SINGLES[(numberOf(spec.id) - 1) % SINGLES.length] as string;
  return filled(WORDS[spec.shape](token, spec.id), token, spec.bytes);
}

const WORDS: Record<Exclude<Shape, 'byte'>, (token: string, id: string) => string> = {
  line: (token, id) => `0k-chaos ${id} ${token}`,
  unicode: (token, id) => `${SCRIPTS[numberOf(id) % SCRIPTS.length]}${FRAGILE} ${token}`,
  block: (token, id) => `${id} \r\n\n\tindented ${token}\n`,
  'look-alike': (token, id) => `${id} ${token}\n${rotated(LOOK_ALIKES, numberOf(id)).slice(0, 3).join('\n')}\n\n`,
  dash: (token, id) => `--help=${id} "%s\\n" $HOME <b>&amp; ${token} `,
  kilo: (token, id) => `${id} ${token} `,
  brim: (token, id) => `${id} ${token} `,
  large: (token, id) => `${id} ${token} `,
  huge: (token, id) => `${id} ${token} `,
};

/** Filled up to its length with text of its own, so that a piece of any message names the message. */
function filled(words: string, token: string, bytes: number): string {
  const missing = bytes - Buffer.byteLength(words);
  if (missing <= 0) return words.trimEnd();
  const filler = `${token}.`;
  return words + filler.repeat(Math.ceil(missing / filler.length)).slice(0, missing);
}

/** What a program that shows, logs or keeps a part of this text most likely shows of it, each of them nobody else's. */
export function piecesOf(text: string): string[] {
  const [token] = /[0-9a-f]{24}/.exec(text) ?? [];
  const windows = WINDOWS.map((from) => token?.slice(from, from + WINDOW) ?? '');
  return [text.slice(0, PREFIX), ...(token === undefined ? [] : [token, ...windows])];
}

const numberOf = (id: string): number => Number(/\d+/.exec(id)?.[0] ?? 1);

const rotated = <T>(items: T[], by: number): T[] => [
  ...items.slice(by % items.length),
  ...items.slice(0, by % items.length),
];
