import { withoutColours } from './endpoint-id.ts';
import { encodingsOf } from './leak-encodings.ts';
import { unpacked } from './leak-packed.ts';
import { squeezed } from './leak-squeezed.ts';

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

/** So many letters and digits in a row are nobody else's, wherever lines and separators are left out. */
const SHORTEST_SQUEEZED = 12;

/**
 * Looks for each text as it is and as a careless program would log or store it; what is not found also in pieces, such as the lines of a
 * dump, and in what is compressed.
 */
export function scanForLeaks(haystack: string | Buffer, needles: readonly Needle[]): LeakScan {
  const hay = typeof haystack === 'string' ? Buffer.from(haystack) : haystack;
  const long = needles.filter(({ text }) => Buffer.byteLength(text) >= SHORTEST_NEEDLE_BYTES);
  const wanted = long.flatMap(wantedOf);
  const leaks = search(hay, wanted);
  for (const look of [inPieces, compressed]) {
    const found = new Set(leaks.map(({ label }) => label));
    leaks.push(
      ...look(
        hay,
        wanted.filter(({ label }) => !found.has(label)),
      ),
    );
  }
  return { leaks, tooShort: needles.filter((needle) => !long.includes(needle)).map(({ label }) => label) };
}

/** One pass, whatever the number of needles: the first two bytes at each place decide whether it is worth a comparison. */
function search(hay: Buffer, all: Wanted[]): Leak[] {
  if (all.length === 0) return [];
  const wanted = byFirstBytes(all);
  const leaks = new Map<Wanted, number>();
  for (let at = 0; at + 1 < hay.length; at++) {
    const candidates = wanted[hay.readUInt16LE(at)];
    if (candidates === undefined) continue;
    for (const candidate of candidates) {
      if (!leaks.has(candidate) && startsAt(hay, at, candidate.bytes)) leaks.set(candidate, at);
    }
  }
  return [...leaks].map(([{ label, encoding }, offset]) => ({ label, encoding, offset }));
}

function inPieces(hay: Buffer, all: Wanted[]): Leak[] {
  if (all.length === 0) return [];
  const { bytes, placeOf } = squeezed(hay);
  const wanted = all
    .map((one) => ({ ...one, bytes: Buffer.from(squeezed(one.bytes).bytes), encoding: `${one.encoding}, in pieces` }))
    .filter((one) => one.bytes.length >= SHORTEST_SQUEEZED);
  return search(bytes, wanted).map((leak) => ({ ...leak, offset: placeOf(leak.offset) }));
}

function compressed(hay: Buffer, all: Wanted[]): Leak[] {
  if (all.length === 0) return [];
  return unpacked(hay).flatMap(({ how, offset, bytes }) =>
    search(bytes, all).map(({ label, encoding }) => ({ label, encoding: `${encoding}, ${how}`, offset })),
  );
}

const wantedOf = ({ label, text }: Needle): Wanted[] =>
  encodingsOf(text).map(({ encoding, bytes }) => ({ label, encoding, bytes }));

function byFirstBytes(all: Wanted[]): (Wanted[] | undefined)[] {
  const table: (Wanted[] | undefined)[] = new Array(0x10000).fill(undefined);
  for (const wanted of all) (table[wanted.bytes.readUInt16LE(0)] ??= []).push(wanted);
  return table;
}

/** The last byte first: most of those that begin alike end otherwise, and a call costs. */
const startsAt = (hay: Buffer, at: number, bytes: Buffer): boolean =>
  hay[at + bytes.length - 1] === bytes[bytes.length - 1] &&
  hay.compare(bytes, 0, bytes.length, at, at + bytes.length) === 0;

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
