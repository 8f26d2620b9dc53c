import { constants, gunzipSync, inflateSync } from 'node:zlib';

/** What was found compressed, and is not any more. */
export interface Unpacked {
  /** `gzip`, `zlib` or `gzip in base64`. */
  how: string;
  /** In bytes from the beginning. */
  offset: number;
  bytes: Buffer;
}

const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);
/** Of zlib, by level of compression. Source: RFC 1950, 2.2. */
const ZLIB = [0x01, 0x5e, 0x9c, 0xda].map((level) => Buffer.from([0x78, level]));
/** `GZIP` in base64. */
const BASE64_GZIP = Buffer.from('H4sI');

/** Two bytes turn up by chance, so most tries fail; this bounds them. */
const MOST_TRIES = 4_000;
const MOST_BYTES = 4 * 1024 * 1024;

/** Everything that is compressed somewhere in `hay`, also where its end is not there yet. */
export function unpacked(hay: Buffer): Unpacked[] {
  return [
    ...placesOf(hay, GZIP).flatMap((at) => opened('gzip', at, hay.subarray(at, at + MOST_BYTES), gunzipSync)),
    ...ZLIB.flatMap((head) => placesOf(hay, head)).flatMap((at) =>
      opened('zlib', at, hay.subarray(at, at + MOST_BYTES), inflateSync),
    ),
    ...placesOf(hay, BASE64_GZIP).flatMap((at) => {
      const [run = ''] = /^[A-Za-z0-9+/]+/.exec(hay.toString('latin1', at, at + MOST_BYTES)) ?? [];
      return opened('gzip in base64', at, Buffer.from(run, 'base64'), gunzipSync);
    }),
  ];
}

function placesOf(hay: Buffer, head: Buffer): number[] {
  const places: number[] = [];
  for (let at = hay.indexOf(head); at >= 0 && places.length < MOST_TRIES; at = hay.indexOf(head, at + 1))
    places.push(at);
  return places;
}

function opened(how: string, offset: number, packed: Buffer, open: typeof inflateSync): Unpacked[] {
  try {
    const bytes = open(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MOST_BYTES });
    return [{ how, offset, bytes }];
  } catch {
    // It only looked like it.
    return [];
  }
}
