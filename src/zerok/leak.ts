import { withoutColours } from './endpoint-id.ts';
import { encodingsOf } from './leak-encodings.ts';

/** Something that must not be where we look: a message, a passphrase, a name. */
export interface Needle {
  /** Stands in results and journals in place of the text. */
  label: string;
  text: string;
}

/** The text itself is left out, so that reporting a leak does not leak it once more. */
export interface Leak {
  label: string;
  /** `plain`, `hex`, … */
  encoding: string;
  /** In bytes from the beginning. */
  offset: number;
}

export interface LeakScan {
  /** The first place of each needle in each encoding. */
  leaks: Leak[];
  /** Labels of needles too short to be told from chance: nobody looked for them. */
  tooShort: string[];
}

/** Shorter texts turn up by chance, in ids for example. */
const SHORTEST_NEEDLE_BYTES = 6;

interface Wanted {
  label: string;
  encoding: string;
  bytes: Buffer;
}

/**
 * Looks for each text as it is and as a careless program would log or store it. One pass, whatever the number of needles:
 * the first two bytes at each place decide whether it is worth a comparison.
 */
export function scanForLeaks(haystack: string | Buffer, needles: readonly Needle[]): LeakScan {
  const hay = typeof haystack === 'string' ? Buffer.from(haystack) : haystack;
  const long = needles.filter(({ text }) => Buffer.byteLength(text) >= SHORTEST_NEEDLE_BYTES);
  const wanted = byFirstBytes(long.flatMap(wantedOf));
  const leaks = new Map<Wanted, number>();
  for (let at = 0; at + 1 < hay.length; at++) {
    const candidates = wanted[hay.readUInt16LE(at)];
    if (candidates === undefined) continue;
    for (const candidate of candidates) {
      if (!leaks.has(candidate) && startsAt(hay, at, candidate.bytes)) leaks.set(candidate, at);
    }
  }
  return {
    leaks: [...leaks].map(([{ label, encoding }, offset]) => ({ label, encoding, offset })),
    tooShort: needles.filter((needle) => !long.includes(needle)).map(({ label }) => label),
  };
}

const wantedOf = ({ label, text }: Needle): Wanted[] =>
  encodingsOf(text).map(({ encoding, bytes }) => ({ label, encoding, bytes }));

function byFirstBytes(all: Wanted[]): (Wanted[] | undefined)[] {
  const table: (Wanted[] | undefined)[] = new Array(0x10000).fill(undefined);
  for (const wanted of all) (table[wanted.bytes.readUInt16LE(0)] ??= []).push(wanted);
  return table;
}

const startsAt = (hay: Buffer, at: number, bytes: Buffer): boolean =>
  at + bytes.length <= hay.length && hay.compare(bytes, 0, bytes.length, at, at + bytes.length) === 0;

/** `2026-02-08T10:00:00.0Z  INFO zerok_sync_relay::session: …`, with or without spans before the target. */
const OWN_LINE = /^\S+Z +(?:TRACE|DEBUG|INFO|WARN|ERROR) .*?\b(?:zerok_)?sync_relay(?:::\w{1,64}){0,8}: /m;

/**
 * True where the relay has logged nothing of its own: only banners and the lines of libraries. Then finding no plaintext
 * proves nothing. The guide's `RUST_LOG=sync_relay=debug` makes every log such a log.
 */
export const ownLogIsEmpty = (log: string): boolean => !OWN_LINE.test(withoutColours(log));

/** The filter under which the relay's own lines are there. */
export const RELAY_LOG_FILTER = 'RUST_LOG=zerok_sync_relay=debug,iroh=warn';

export const emptyLogMessage = (relay: string): string =>
  `${relay} logs nothing of its own, so that no plaintext in its log proves nothing: start it with \`${RELAY_LOG_FILTER}\``;
