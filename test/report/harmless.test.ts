import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { harmless, harmlessJson, oneLine } from '../../src/report/look.ts';
import { DEADLINE_MS, fuzz, SEED } from '../zerok/fuzz-runs.ts';

/** What a machine may send to the terminal of whoever reads about it. */
const ATTACKS = [
  '\u001b[2J\u001b[1;1HPASSED',
  '\u001b]0;title\u0007',
  '\u001b]52;c;cm0gLXJmIC8=\u0007',
  '\u001bP1$r\u001b\\',
  '\u009b2J',
  '\u0090x\u009c',
  'a\rPASSED',
  'a\b\b',
  '\u0007',
  '\u202egnp.exe',
  '\u2066x\u2069',
  '\u001b[8mhidden',
  '\u001b',
  '\ud800',
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...ATTACKS), fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 6 })
  .map((parts) => parts.join(''));

/** Nothing but what is shown, line ends and tabs. */
const acts = (text: string): string | undefined => /[^\P{C}\n\t\u200d\p{Cn}\p{Co}]/u.exec(text)?.[0];

describe(`what machines said, on its way to a terminal, fuzzed with FUZZ_SEED=${SEED}`, function () {
  this.timeout(DEADLINE_MS);

  it('does nothing there, in lines', () => {
    fuzz(hostile, (text) => assert.equal(acts(harmless(text)), undefined));
    for (const attack of ATTACKS) assert.equal(acts(oneLine(attack)), undefined);
  });

  it('can at most be painted where colours are on', () => {
    fuzz(hostile, (text) => {
      const shown = harmless(text, { colour: true });
      // oxlint-disable-next-line no-control-regex
      assert.equal(acts(shown.replaceAll(/\u001b\[[0-9;]*m/g, '')), undefined);
    });
    assert.equal(harmless('\u001b[31mred\u001b[0m', { colour: true }), '\u001b[31mred\u001b[0m');
    assert.equal(harmless('\u001b[31mred\u001b[0m'), 'red');
  });

  it('is the same data in JSON, and does nothing there', () => {
    fuzz(hostile, (text) => {
      const json = harmlessJson(JSON.stringify({ [text]: [text] }, null, 2));
      assert.equal(acts(json), undefined);
      assert.deepEqual(JSON.parse(json), { [text]: [text] });
    });
  });

  it('keeps what people write in any language', () => {
    for (const text of ['Grüße\n\tаб\n日本語 🦊🏳️‍🌈 नमस्ते']) assert.equal(harmless(text), text);
  });
});
