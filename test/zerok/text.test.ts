import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { Deck, PAYLOADS } from '../../src/contract/message-spec.ts';
import { LARGEST_BLOB_BYTES } from '../../src/zerok/commands.ts';
import { matchPulled } from '../../src/zerok/match-pulled.ts';
import { parsePull } from '../../src/zerok/pull-output.ts';
import { piecesOf, textOf } from '../../src/zerok/text.ts';
import { DEADLINE_MS, fuzz, SEED } from './fuzz-runs.ts';
import { pulled } from './samples.ts';

const aDeal = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 31 }),
  // As large ones are the same but for their length, few cases have them
  payload: fc.oneof({ weight: 30, arbitrary: fc.constantFrom('lines', 'mixed') }, fc.constantFrom(...PAYLOADS)),
  count: fc.integer({ min: 1, max: 90 }),
  first: fc.integer({ min: 1, max: 5000 }),
});

const RUN = 'a-workflow/a-run';
type Deal = typeof aDeal extends fc.Arbitrary<infer T> ? T : never;

const textsOf = ({ seed, payload, count }: Deal, run = RUN): string[] =>
  new Deck(seed).deal(count, payload).map((spec) => textOf(run, spec));

describe(`texts of messages, fuzzed with FUZZ_SEED=${SEED}`, function () {
  this.timeout(DEADLINE_MS);

  it('have the length that was dealt, can be pushed, and do not end in white space', () => {
    fuzz(aDeal, ({ seed, payload, count }) => {
      for (const spec of new Deck(seed).deal(count, payload)) {
        const text = textOf(RUN, spec);
        assert.equal(Buffer.byteLength(text), spec.bytes, `${spec.shape} ${spec.id}`);
        assert.doesNotMatch(text, /^\s|\s$|\0/);
        assert.ok(spec.bytes > 0 && spec.bytes <= LARGEST_BLOB_BYTES);
      }
    });
  });

  it('are the same for the same run, and unlike each other', () => {
    fuzz(aDeal, (deal) => {
      const texts = textsOf(deal);
      assert.deepEqual(texts, textsOf(deal));
      assert.equal(new Set(texts).size, texts.length);
      const others = new Set(textsOf(deal, 'another/run').filter((text) => text.length > 1));
      assert.ok(texts.every((text) => !others.has(text)));
    });
  });

  it('are all found again in what the client prints of them, byte for byte, in any order', () => {
    fuzz(fc.tuple(aDeal, fc.infiniteStream(fc.nat(1000))), ([deal, keys]) => {
      const texts = textsOf(deal);
      const order = texts.map((text) => [keys.next().value as number, text] as const).toSorted(([a], [b]) => a - b);
      const rows = order.map(([, text], n): [number, string] => [deal.first + n, text]);
      const page = parsePull({ stdout: pulled(rows), stderr: '' });
      const { found, missing, strangers, binaries, ambiguous } = matchPulled(page, texts);
      assert.deepEqual([missing, strangers, binaries, ambiguous], [[], [], [], false]);
      assert.ok(
        found.every(({ text, copies, cursors }) => copies === 1 && rows[(cursors[0] ?? 0) - deal.first]?.[1] === text),
      );
    });
  });

  it('one that is missing, twice or altered is that one, and no other', () => {
    fuzz(fc.tuple(aDeal, fc.nat(89), fc.nat(89), fc.nat(89)), ([deal, ...picks]) => {
      const texts = textsOf({ ...deal, count: Math.max(4, deal.count), payload: 'mixed' });
      const [lost, double, bad] = picks.map((pick) => pick % texts.length) as [number, number, number];
      if (new Set([lost, double, bad]).size < 3 || texts[bad]?.length === 1) return;
      const sent = texts.flatMap((text, n) => {
        if (n === lost) return [];
        if (n === double) return [text, text];
        return [n === bad ? `${text.slice(0, -1)}~` : text];
      });
      const rows = sent.map((text, n): [number, string] => [deal.first + n, text]);
      const { found, missing, strangers, ambiguous } = matchPulled(
        parsePull({ stdout: pulled(rows), stderr: '' }),
        texts,
      );
      assert.deepEqual(new Set(missing), new Set([texts[lost], texts[bad]]));
      assert.deepEqual([strangers.length, ambiguous], [1, false]);
      assert.deepEqual(
        found.filter(({ copies }) => copies !== 1).map(({ text }) => text),
        [texts[double]],
      );
    });
  });

  it('are known by a piece that is whole in one of two lines, wherever they are torn', () => {
    fuzz(fc.tuple(aDeal, fc.nat()), ([deal, place]) => {
      for (const text of textsOf({ ...deal, payload: 'mixed' }).filter(({ length }) => length > 1)) {
        const at = place % text.length;
        const halves = [text.slice(0, at), text.slice(at)];
        assert.ok(
          piecesOf(text).some((piece) => halves.some((half) => half.includes(piece))),
          text,
        );
      }
    });
  });

  it('are known by a piece that is whole in one of several lines of 16 characters', () => {
    fuzz(fc.tuple(aDeal, fc.integer({ min: 16, max: 40 }), fc.nat(15)), ([deal, width, first]) => {
      for (const text of textsOf({ ...deal, payload: 'mixed' }).filter(({ length }) => length > 1)) {
        const lines = [text.slice(0, first), ...(text.slice(first).match(new RegExp(`.{1,${width}}`, 'gs')) ?? [])];
        assert.ok(
          piecesOf(text).some((piece) => lines.some((line) => line.includes(piece))),
          text,
        );
      }
    });
  });

  it('hold in every run of each shape what a program loses that normalises or cleans texts', () => {
    const texts = textsOf({ seed: 1, payload: 'mixed', count: 7, first: 1 }).join('');
    for (const fragile of ['\r\n', '\n\n', '\t', ' \r', '\uFEFF', 'e\u0301', '🦊'])
      assert.ok(texts.includes(fragile), JSON.stringify(fragile));
  });

  it('hold in every run of each shape what some program takes for an escape', () => {
    const texts = textsOf({ seed: 1, payload: 'mixed', count: 7, first: 1 }).join('');
    for (const escape of ['%s', '\\n', '"', '$HOME', '<b>', '&amp;']) assert.ok(texts.includes(escape), escape);
  });

  it('that are long are known by any hundred characters of them, and all but single bytes by their beginning', () => {
    fuzz(fc.tuple(aDeal, fc.nat()), ([deal, from]) => {
      for (const text of textsOf({ ...deal, payload: 'mixed' })) {
        const pieces = piecesOf(text);
        const at = from % Math.max(1, text.length - 100);
        const shown = [text.slice(0, 64), ...(text.length >= 1024 ? [text.slice(at, at + 100)] : [])];
        assert.ok(
          shown.every((part) => pieces.some((piece) => part.includes(piece))),
          text,
        );
        assert.ok(text.length === 1 || pieces.some((piece) => piece.length === 24), text);
      }
    });
  });
});
