import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { matchPulled } from '../../src/zerok/match-pulled.ts';
import { parsePull } from '../../src/zerok/pull-output.ts';
import { cpuMs, HOPELESS_MS, survives } from './hostile-text.ts';
import * as samples from './samples.ts';

const page = (...rows: [number, string][]) => parsePull({ stdout: samples.pulled(rows), stderr: '' });

describe('matchPulled', () => {
  it('tells what is there, how often, what is missing and what nobody pushed', () => {
    const pulled = matchPulled(page([1, 'a'], [2, 'b'], [3, 'a'], [4, 'x']), ['a', 'b', 'c']);
    assert.deepEqual(pulled, {
      found: [
        { text: 'a', copies: 2, cursors: [1, 3], place: 1 },
        { text: 'b', copies: 1, cursors: [2], place: 2 },
      ],
      missing: ['c'],
      strangers: [{ cursor: 4, text: 'x' }],
      binaries: [],
      ambiguous: false,
    });
  });

  it('adds up pages', () => {
    const pulled = matchPulled([page([1, 'a']), page([2, 'a'])], ['a']);
    assert.deepEqual(pulled.found, [{ text: 'a', copies: 2, cursors: [1, 2], place: 1 }]);
  });

  it('takes a row inside a message for a part of it', () => {
    const trap = 'first line\n  [2] not a row\n\nCursor updated to 2';
    const pulled = matchPulled(page([1, trap], [2, 'b']), [trap, 'b']);
    assert.deepEqual([pulled.found.length, pulled.strangers, pulled.ambiguous], [2, [], false]);
  });

  it('takes a row inside a message nobody pushed for a part of it when the cursors allow nothing else', () => {
    const pulled = matchPulled(page([5, 'x\n  [4] y'], [6, 'b']), []);
    assert.deepEqual(
      pulled.strangers.map(({ text }) => text),
      ['x\n  [4] y', 'b'],
    );
    assert.equal(pulled.ambiguous, false);
  });

  it('says when the rows can be read in more than one way', () => {
    const known = ['a', 'a\n  [2] b', 'b\n  [3] c', 'c'];
    const pulled = matchPulled(page([1, 'a\n  [2] b'], [3, 'c']), known);
    assert.equal(pulled.ambiguous, true);
    assert.deepEqual(pulled.strangers, []);
  });

  it('knows a message that was altered by a byte as a stranger, and the original as missing', () => {
    const pulled = matchPulled(page([1, 'hello onf']), ['hello one']);
    assert.deepEqual([pulled.missing, pulled.strangers], [['hello one'], [{ cursor: 1, text: 'hello onf' }]]);
  });

  it('keeps rows that are not text apart, unless they are what was pushed', () => {
    const binary = page([1, '<binary 256 bytes>']);
    assert.deepEqual(matchPulled(binary, []).binaries, [{ cursor: 1, bytes: 256 }]);
    assert.equal(matchPulled(binary, ['<binary 256 bytes>']).found[0]?.copies, 1);
  });

  it('takes no half of a message for one that nobody pushed', () => {
    const stdout = samples.pulled([
      [1, 'hello one'],
      [2, 'hello two'],
    ]);
    for (let length = 0; length < stdout.length; length++) {
      const pulled = matchPulled(parsePull({ stdout: stdout.slice(0, length), stderr: '' }), [
        'hello one',
        'hello two',
      ]);
      assert.deepEqual(pulled.strangers, [], `after ${length} characters`);
    }
  });

  it('says that a pull that was cut short may be read otherwise', () => {
    const stdout = samples.pulled([[1, 'abc']]).replace(/\n\nCursor[^]*/, '');
    assert.equal(matchPulled(parsePull({ stdout, stderr: '' }), ['abc']).ambiguous, true);
  });

  it('finds every pushed message again, whatever is in it, when they are unlike each other', () => {
    const line = fc.constantFrom(
      '',
      'a',
      '  [1] a',
      '  [2] ',
      'Cursor updated to 3',
      'Received 2 blob(s):',
      '<binary 2 bytes>',
    );
    const message = fc.array(line, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(fc.array(message, { minLength: 1, maxLength: 6 }), (bodies) => {
        const texts = bodies.map((body, n) => `#${n} ${body} #${n}`);
        const pulled = matchPulled(page(...texts.map((text, n): [number, string] => [n + 1, text])), texts);
        assert.deepEqual([pulled.missing, pulled.strangers, pulled.ambiguous], [[], [], false]);
        assert.ok(pulled.found.every(({ copies }) => copies === 1));
      }),
    );
  });

  it('survives any text', () => {
    survives((text) => matchPulled(parsePull({ stdout: text, stderr: '' }), ['hello one', 'A2', '']));
  });

  it('bounds its work on a message made of look-alikes', () => {
    for (const lines of [150, 20_000]) {
      const trap = Array.from({ length: lines }, (_, n) => `\n  [${n + 2}] x`).join('');
      const texts = Array.from({ length: 99 }, (_, n): [number, string] => [n + 1, n === 50 ? trap : `m${n}`]);
      const ms = cpuMs(() => matchPulled(page(...texts), ['m1', 'x']));
      assert.ok(ms < HOPELESS_MS, `${lines} look-alikes took ${ms} ms`);
    }
  });
});
