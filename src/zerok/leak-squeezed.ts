/** Letters and digits of what is looked through, and nothing that stands between them. */
export interface Squeezed {
  bytes: Buffer;
  /** Where a byte of it stood, in bytes from the beginning. */
  placeOf: (at: number) => number;
}

/** By byte: 1 what is kept, 2 what may begin a prefix, 3 both. */
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return (/[A-Za-z0-9]/.test(character) ? 1 : 0) + (/[0\\#]/.test(character) ? 2 : 0);
});

const [ZERO, BACKSLASH, X, LARGE_X, U] = ['0', '\\', 'x', 'X', 'u'].map((c) => c.charCodeAt(0));

/**
 * What is printed in pieces becomes whole: lines of a dump, hex with colons, `\x37`, `0x37`, `&#x37;` and `\u0037` as `37`, lists with any
 * separator, characters of two and four bytes.
 */
export function squeezed(hay: Buffer): Squeezed {
  const bytes = Buffer.allocUnsafe(hay.length);
  const length = squeezeInto(bytes, hay);
  return {
    bytes: bytes.subarray(0, length),
    placeOf: (at) => squeezeInto(Buffer.allocUnsafe(at + 1), hay, at + 1),
  };
}

/** @returns how many bytes were kept; where it is to stop after `most` of them: the place of the last */
function squeezeInto(into: Buffer, hay: Buffer, most = Number.POSITIVE_INFINITY): number {
  let kept = 0;
  for (let at = 0; at < hay.length; at += 1) {
    let kind = KINDS[hay[at] as number] as number;
    if (kind === 0) continue;
    const skipped = kind > 1 ? prefixAt(hay, at) : 0;
    if (skipped > 0) {
      at += skipped;
      kind = KINDS[hay[at] ?? 0] as number;
    }
    if ((kind & 1) === 0) continue;
    into[kept] = hay[at] as number;
    kept += 1;
    if (kept === most) return at;
  }
  return kept;
}

/** Bytes of what says that a code follows. */
function prefixAt(hay: Buffer, at: number): number {
  const second = hay[at + 1];
  if (second === X || second === LARGE_X) return 2;
  return hay[at] === BACKSLASH && second === U && hay[at + 2] === ZERO && hay[at + 3] === ZERO ? 4 : 0;
}
