import { strict as assert } from 'node:assert';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { columnsOf, wrap } from '../../src/report/look.ts';
import { cpuMs, HOPELESS_MS } from '../zerok/hostile-text.ts';
import { renderTable } from '../../src/report/table.ts';

describe('renderTable', () => {
  it('lines columns up under their titles, without trailing spaces', () => {
    assert.equal(
      renderTable(
        ['name', 'state'],
        [
          ['relay-1', 'healthy'],
          ['q', ''],
        ],
      ),
      'NAME     STATE\nrelay-1  healthy\nq',
    );
  });

  it('is empty without rows', () => {
    assert.equal(renderTable(['name'], []), '');
  });

  it('wraps the widest column at words first', () => {
    const table = renderTable(['check', 'fix'], [['sudo', 'add `jimmyb ALL=(ALL) NOPASSWD: ALL` to /etc/sudoers.d']], {
      width: 40,
    });
    assert.equal(
      table,
      ['CHECK  FIX', 'sudo   add `jimmyb ALL=(ALL) NOPASSWD:', '       ALL` to /etc/sudoers.d'].join('\n'),
    );
  });

  it('gives one block a row where there are too many columns', () => {
    assert.equal(
      renderTable(['name', 'address', 'state'], [['relay-one-two', '192.0.2.123:8090', 'not reachable']], {
        width: 24,
      }),
      'name: relay-one-two\naddress:\n192.0.2.123:8090\nstate: not reachable',
    );
  });

  it('never runs over the width, whatever is in it, and loses no text', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 60 });
    const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 });
    const visible = (text: string) => stripVTControlCharacters(text).replace(/[\s\p{Cc}\p{Cf}]|\ufffd/gu, '');
    fc.assert(
      fc.property(rows, fc.integer({ min: 50, max: 120 }), fc.boolean(), (cells, width, colour) => {
        const table = stripVTControlCharacters(renderTable(['one', 'two', 'three'], cells, { width, colour }));
        for (const line of table.split('\n'))
          assert.ok(columnsOf(line) <= width, `${columnsOf(line)} > ${width}: ${line}`);
        for (const text of cells.flat()) {
          for (const character of visible(text))
            assert.ok(table.includes(character), `${JSON.stringify(character)} is lost`);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps escape sequences of a machine from the terminal', () => {
    const table = renderTable(['a'], [['\u001b[31mred\u001b]0;title\u0007 \r\u0008x\u202e']]);
    assert.doesNotMatch(table, /[^\x20-\x7e\n\ufffd]/u);
    assert.match(table, /red/);
  });

  it('cuts what nobody would read to its end, in bounded time', () => {
    for (const text of ['{', '漢', '\u001b[1;']) {
      let table = '';
      const ms = cpuMs(() => (table = renderTable(['a', 'b'], [[text.repeat(100_000), 'x']])));
      assert.ok(ms < HOPELESS_MS, `took ${ms} ms`);
      assert.ok(table.length < 10_000);
    }
  });

  it('paints cells by line, so that padding stays plain', () => {
    const table = renderTable(['a', 'b'], [[{ text: 'no', style: 'red' }, 'x']], { colour: true });
    assert.equal(table, '\u001b[2mA   B\u001b[0m\n\u001b[31mno\u001b[0m  x');
  });

  it('has plain ASCII on request', () => {
    assert.equal(renderTable(['a'], [['5 ± 1 … “é” → 漢']], { ascii: true }), 'A\n5 +- 1 ... "e" -> ?');
  });
});

describe('wrap', () => {
  it('breaks at spaces, and inside a word only when it is longer than the width', () => {
    assert.deepEqual(wrap('aa bb cc', 5), ['aa bb', 'cc']);
    assert.deepEqual(wrap('aa bbbbbbb c', 5), ['aa', 'bbbbb', 'bb c']);
    assert.deepEqual(wrap('', 5), ['']);
  });

  it('counts what a terminal shows', () => {
    assert.equal(columnsOf('漢字é👩‍👩‍👧'), 7);
    assert.deepEqual(wrap('漢字漢字', 5), ['漢字', '漢字']);
  });
});
