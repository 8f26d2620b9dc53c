import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { quote, quoteAll } from '../../src/hosts/quote.ts';
import { SHELLS } from './shells.ts';

describe('quote', () => {
  it('refuses a NUL, which no argument can have', () => {
    assert.throws(() => quote('a\0b'), /"a\\u0000b"/);
  });

  for (const [program = '', ...words] of SHELLS)
    it(`gives ${[program, ...words].join(' ')} back every word byte for byte`, () => {
      const nasty = [
        '',
        "'",
        "''",
        '\\',
        '\\n',
        '$x',
        '`id`',
        '!',
        '~',
        '#',
        '\n',
        ' ',
        '*',
        '-e',
        '%s',
        'é',
        '{ttl}',
        "$'a'",
      ];
      const word = fc.oneof(
        fc.constantFrom(...nasty),
        fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
      );

      const separate = (text: string) => text.split('\0').slice(0, -1);

      fc.assert(
        fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (argv) => {
          const script = `printf '%s\\0' ${quoteAll(argv)}`;
          assert.deepEqual(separate(execFileSync(program, [...words, '-c', script]).toString()), argv);
        }),
        { numRuns: 40 },
      );
    });
});
