import { strict as assert } from 'node:assert';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { emptyLogMessage, ownLogIsEmpty, scanForLeaks } from '../../src/zerok/leak.ts';
import { cpuMs, HOPELESS_MS } from './hostile-text.ts';
import { OTHER, PEER, relayLog, silentRelayLog } from './samples.ts';

const message = 'mr-01 message 7: naïve “quoted” \n tail';
const needle = [{ label: 'message 7', text: message }];

const encodingsFound = (haystack: string | Buffer): string[] =>
  scanForLeaks(haystack, needle).leaks.map(({ encoding }) => encoding);

describe('scanForLeaks', () => {
  it('finds nothing where there is nothing', () => {
    assert.deepEqual(scanForLeaks(relayLog(PEER).repeat(100), needle), { leaks: [], tooShort: [] });
    assert.deepEqual(scanForLeaks('', needle).leaks, []);
    assert.deepEqual(scanForLeaks('anything', []).leaks, []);
  });

  it('says where and in which encoding, and never the text', () => {
    const result = scanForLeaks(`0123456789${message}`, needle);
    assert.deepEqual(result.leaks, [{ label: 'message 7', encoding: 'plain', offset: 10 }]);
    assert.doesNotMatch(JSON.stringify(result), /naïve/);
  });

  it('finds hexadecimal in both cases, UTF-16 in both orders, escapes, percents and lists of bytes', () => {
    const utf8 = Buffer.from(message);
    assert.deepEqual(encodingsFound(`payload=${utf8.toString('hex')}`), ['hex']);
    assert.deepEqual(encodingsFound(`payload=${utf8.toString('hex').toUpperCase()}`), ['HEX']);
    assert.deepEqual(encodingsFound(Buffer.concat([Buffer.from('x'), Buffer.from(message, 'utf16le')])), ['UTF-16LE']);
    assert.deepEqual(encodingsFound(Buffer.from(message, 'utf16le').swap16()), ['UTF-16BE']);
    assert.deepEqual(encodingsFound(JSON.stringify({ payload: message })), ['escaped']);
    assert.deepEqual(encodingsFound(`/push?m=${encodeURIComponent(message)}`), ['percent-encoded']);
    assert.deepEqual(encodingsFound(`payload=[1, ${[...utf8].join(', ')}]`), ['list of bytes']);
  });

  it('finds text in other cases, from its end to its beginning and by rot13', () => {
    assert.deepEqual(encodingsFound(message.toUpperCase()), ['upper case']);
    assert.deepEqual(encodingsFound(Array.from(message).toReversed().join('')), ['reversed']);
    const mixed = (log: string) => scanForLeaks(log, [{ label: 'm', text: 'Hello World' }]).leaks[0]?.encoding;
    assert.deepEqual([mixed('hello world'), mixed('Uryyb Jbeyq')], ['lower case', 'rot13']);
  });

  it('finds the bytes of a key that is known in hex, as they are and in base64', () => {
    const key = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
    const found = (haystack: Buffer | string) => scanForLeaks(haystack, [{ label: 'key', text: key }]).leaks.length;
    const bytes = Buffer.from(key, 'hex');
    assert.deepEqual([found(bytes), found(bytes.toString('base64')), found(bytes.subarray(1))], [1, 1, 0]);
  });

  it('finds base64 of a longer text in which it stands, at each of the three alignments and in both alphabets', () => {
    for (const before of ['', 'a', 'ab', 'abc', 'ab>?']) {
      for (const after of ['', 'z', 'zz?>']) {
        for (const text of ['plainly visible', '>>>???~~~ÿÿÿ>?>?']) {
          for (const encoding of ['base64', 'base64url'] as const) {
            const haystack = `log: ${Buffer.from(before + text + after).toString(encoding)}.`;
            const { leaks } = scanForLeaks(haystack, [{ label: 'm', text }]);
            assert.equal(leaks.length, 1, `\`${text}\` in ${haystack}`);
            assert.match(leaks[0]?.encoding ?? '', /^base64/);
          }
        }
      }
    }
  });

  it('finds base32, in both cases, wherever it begins', () => {
    for (const [haystack, text] of [
      ['MZXW6YTBOIQGS4ZAMVXGG33EMVSA', 'foobar is encoded'],
      ['mzxw6ytboiqgs4zamvxgg33emvsa', 'foobar is encoded'],
      ['PAQGM33PMJQXEIDJOMQGK3TDN5SGKZA', 'foobar is encoded'],
    ] as const)
      assert.equal(scanForLeaks(`log ${haystack}.`, [{ label: 'm', text }]).leaks[0]?.encoding, 'base32', haystack);
  });

  const utf8 = Buffer.from(message);
  const dump = (width: number, row: (bytes: Buffer) => string): string =>
    Array.from({ length: Math.ceil(utf8.length / width) }, (_, n) =>
      row(utf8.subarray(n * width, (n + 1) * width)),
    ).join('');
  const each = (show: (byte: number) => string, by = ''): string => [...utf8].map(show).join(by);
  const hex = (byte: number, digits = 2): string => byte.toString(16).padStart(digits, '0');
  const pieces: [string, string | Buffer, string][] = [
    ['hex with spaces', each((byte) => hex(byte), ' '), 'hex, in pieces'],
    ['hex with colons, in capitals', each((byte) => hex(byte).toUpperCase(), ':'), 'HEX, in pieces'],
    ['an array of C', each((byte) => `0x${hex(byte)}`, ', '), 'hex, in pieces'],
    ['hex escapes', each((byte) => `\\x${hex(byte)}`), 'hex, in pieces'],
    ['every byte as percents', each((byte) => `%${hex(byte)}`), 'hex, in pieces'],
    ['every byte as an escape of JSON', each((byte) => `\\u${hex(byte, 4)}`), 'hex, in pieces'],
    ['entities of HTML', each((byte) => `&#${byte};`), 'list of bytes, in pieces'],
    ['JSON of its bytes', JSON.stringify([...utf8]), 'list of bytes, in pieces'],
    ['octal escapes with spaces', each((byte) => byte.toString(8).padStart(3, '0'), ' '), 'octal, in pieces'],
    ['lines of hex', dump(8, (bytes) => `${bytes.toString('hex')}\n`), 'hex, in pieces'],
    ['lines of base64', utf8.toString('base64').replace(/.{19}/g, '$&\r\n'), 'base64, in pieces'],
    ['lines of text', message.replace(/.{5}/g, '$&\n'), 'plain, in pieces'],
    [
      'UTF-32',
      Buffer.from(
        each((byte) => `${String.fromCharCode(byte)}\0\0\0`),
        'latin1',
      ),
      'plain, in pieces',
    ],
  ];
  for (const [what, haystack, encoding] of pieces) {
    it(`finds it as ${what}, and says where`, () => {
      const hay = Buffer.concat([Buffer.from('log:\n'), Buffer.from(haystack)]);
      const [leak] = scanForLeaks(hay, needle).leaks.filter((one) => one.encoding === encoding);
      assert.ok(leak, JSON.stringify(scanForLeaks(hay, needle).leaks));
      assert.ok(leak.offset >= 5 && leak.offset <= 10, `${leak.offset}`);
    });
  }

  it('takes no letters that stand far apart for a short text', () => {
    assert.deepEqual(scanForLeaks('s e c r e t', [{ label: 'm', text: 'secret' }]).leaks, []);
  });

  it('finds it in what gzip and zlib have compressed, also where the end is missing, and gzip in base64', () => {
    const text = Buffer.from(`before ${message} after ${'and more '.repeat(500)}`);
    const within = (packed: Buffer | string) =>
      encodingsFound(Buffer.concat([Buffer.from('x\x9c log '), Buffer.from(packed)]));
    assert.deepEqual(within(gzipSync(text)), ['plain, gzip']);
    assert.deepEqual(within(gzipSync(text).subarray(0, -12)), ['plain, gzip']);
    for (const level of [1, 5, 6, 9]) assert.deepEqual(within(deflateSync(text, { level })), ['plain, zlib']);
    assert.deepEqual(within(`${gzipSync(text).toString('base64')}\n`), ['plain, gzip in base64']);
  });

  it('names the texts that are too short to be looked for', () => {
    const result = scanForLeaks('the quick A2', [
      { label: 'short', text: 'A2' },
      ...needle,
      { label: 'empty', text: '' },
    ]);
    assert.deepEqual(result, { leaks: [], tooShort: ['short', 'empty'] });
  });

  it('finds the shortest text at the very end', () => {
    assert.equal(scanForLeaks('xx secret', [{ label: 'm', text: 'secret' }]).leaks[0]?.offset, 3);
  });

  it('finds a planted text wherever it stands in any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.uint8Array(),
        fc.string({ minLength: 6, unit: 'binary' }),
        (before, after, text) => {
          const haystack = Buffer.concat([before, Buffer.from(text), after]);
          const { leaks } = scanForLeaks(haystack, [{ label: 'm', text }]);
          assert.ok(leaks.some(({ encoding, offset }) => encoding === 'plain' && offset <= before.length));
        },
      ),
    );
  });

  it('takes a hundred texts through four megabytes of log in bounded time', () => {
    const needles = Array.from({ length: 100 }, (_, n) => ({ label: `m${n}`, text: `mr-01 run message ${n} of 100` }));
    const log = relayLog(PEER)
      .repeat(14_000)
      .slice(0, 4 * 1024 * 1024);
    const ms = cpuMs(() => assert.deepEqual(scanForLeaks(log, needles).leaks, []));
    assert.ok(ms < HOPELESS_MS, `took ${ms} ms`);
  });
});

describe('ownLogIsEmpty', () => {
  it('is so under the filter of the guide, which matches nothing', () => {
    const warning =
      '\u001b[2m2026-02-08T10:00:00Z\u001b[0m \u001b[33m WARN\u001b[0m \u001b[2miroh::relay\u001b[0m: no home relay\n';
    assert.equal(ownLogIsEmpty(silentRelayLog(PEER) + warning), true);
    assert.equal(ownLogIsEmpty(''), true);
  });

  it('is not so once the relay has said one line of its own, with modules and spans or without', () => {
    assert.equal(ownLogIsEmpty(relayLog(PEER)), false);
    assert.equal(
      ownLogIsEmpty('2026-02-08T10:00:00.1Z DEBUG session{peer=ab}: zerok_sync_relay::session: PUSH\n'),
      false,
    );
  });

  it('is not taken in by the name in a line of a library', () => {
    assert.equal(
      ownLogIsEmpty(`2026-02-08T10:00:00Z  WARN iroh: ${OTHER} sync_relay, gone\n=== sync-relay running ===\n`),
      true,
    );
  });

  it('comes with the filter that helps', () => {
    assert.match(emptyLogMessage('relay-1'), /^relay-1 logs nothing.*RUST_LOG=zerok_sync_relay=debug,iroh=warn`$/);
  });
});
