export interface Encoded {
  encoding: string;
  bytes: Buffer;
}

/** `text` as programs print or keep it, each form once. Encodings of a part of a longer text are found as well. */
export function encodingsOf(text: string): Encoded[] {
  const utf8 = Buffer.from(text);
  const forms: [string, string | Buffer][] = [
    ['plain', utf8],
    ['hex', utf8.toString('hex')],
    ['HEX', utf8.toString('hex').toUpperCase()],
    ['UTF-16LE', Buffer.from(text, 'utf16le')],
    ['UTF-16BE', Buffer.from(text, 'utf16le').swap16()],
    ['escaped', JSON.stringify(text).slice(1, -1)],
    ['percent-encoded', percentEncoded(utf8)],
    // Rust's {:?} of a byte slice, which is how a payload ends up in a tracing line
    ['list of bytes', [...utf8].join(', ')],
    ['octal', [...utf8].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')],
    ['upper case', text.toUpperCase()],
    ['lower case', text.toLowerCase()],
    ['reversed', Array.from(text).toReversed().join('')],
    ['rot13', rot13(text)],
    ...base64Forms(utf8),
    ...base32Forms(utf8),
    ...ofKey(text),
  ];
  const seen = new Set<string>();
  return forms.flatMap(([encoding, form]) => {
    const bytes = typeof form === 'string' ? Buffer.from(form) : form;
    const key = bytes.toString('latin1');
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ encoding, bytes }];
  });
}

/** A key that is written in hex is kept as its bytes, too. */
function ofKey(text: string): [string, string | Buffer][] {
  if (!/^(?:[0-9a-f]{2}){16,}$/i.test(text)) return [];
  const bytes = Buffer.from(text, 'hex');
  return [['its bytes', bytes], ['list of its bytes', [...bytes].join(', ')], ...base64Forms(bytes)];
}

const rot13 = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => {
    const first = letter < 'a' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - first + 13) % 26) + first);
  });

/** In the standard and in the URL alphabet. */
const base64Forms = (bytes: Buffer): [string, string][] =>
  innerForms(bytes, 6, 3, (whole) => whole.toString('base64')).flatMap((inner): [string, string][] => [
    ['base64', inner],
    ['base64url', inner.replaceAll('+', '-').replaceAll('/', '_')],
  ]);

const base32Forms = (bytes: Buffer): [string, string][] =>
  innerForms(bytes, 5, 5, base32).flatMap((inner): [string, string][] => [
    ['base32', inner],
    ['base32', inner.toLowerCase()],
  ]);

/** The characters that depend on `bytes` alone, for each place at which they may begin within a group of `group` bytes. */
const innerForms = (bytes: Buffer, bits: number, group: number, encode: (whole: Buffer) => string): string[] =>
  Array.from({ length: group }, (_, before) =>
    encode(Buffer.concat([Buffer.alloc(before), bytes])).slice(
      Math.ceil((before * 8) / bits),
      Math.floor(((before + bytes.length) * 8) / bits),
    ),
  );

/** Without padding. Source: RFC 4648, 6. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** As `encodeURIComponent` does it, on bytes, so that halves of surrogate pairs do no harm. */
const percentEncoded = (bytes: Buffer): string =>
  [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9_.~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
