import { strict as assert } from 'node:assert';
import { nextPage, parsePull } from '../../src/zerok/pull-output.ts';
import { cpuMs, HOPELESS_MS, survives } from './hostile-text.ts';
import * as samples from './samples.ts';

const parse = (stdout: string, stderr = '') => parsePull({ stdout, stderr });

describe('parsePull', () => {
  it('reads rows, their count and the new cursor', () => {
    const pull = parse(
      samples.pulled([
        [1, 'hello one'],
        [2, 'A2'],
      ]),
    );
    assert.equal(pull.kind, 'rows');
    assert.equal(pull.count, 2);
    assert.equal(pull.cursor, 2);
    assert.deepEqual(pull.rows, [
      { cursor: 1, text: 'hello one' },
      { cursor: 2, text: 'A2' },
    ]);
  });

  it('keeps a message byte for byte: empty, with spaces at its ends, with newlines', () => {
    for (const text of ['', ' a ', '\t', 'a\nb', '\n', 'a\n', '\na', 'a\n\nCursor updated to 9', 'a\rb']) {
      assert.deepEqual(parse(samples.pulled([[5, text]])).rows, [{ cursor: 5, text }], JSON.stringify(text));
    }
  });

  it('is not taken in by messages that look like its own lines', () => {
    const pull = parse(
      samples.pulled([
        [1, 'No new data.\nPull failed: all relays failed: \nReceived 7 blob(s):'],
        [2, 'Error: Failed to connect to relay'],
      ]),
    );
    assert.deepEqual([pull.kind, pull.count, pull.rows.length], ['rows', 2, 2]);
  });

  it('reads output with Windows line ends', () => {
    const pull = parse(samples.pulled([[1, 'a']]).replaceAll('\n', '\r\n'));
    assert.deepEqual([pull.kind, pull.rows], ['rows', [{ cursor: 1, text: 'a' }]]);
  });

  it('tells nothing there from a failed pull and from nobody reached', () => {
    assert.equal(parse(samples.pulledNothing).kind, 'none');
    assert.equal(parse(samples.pullFailed).kind, 'failed');
    const unreachable = parse(samples.pullBegun, samples.nobodyReachable);
    assert.deepEqual([unreachable.kind, unreachable.error?.kind], ['unreachable', 'timeout']);
    assert.equal(parse(samples.pullBegun, samples.unknownId).error?.kind, 'unknown-id');
    assert.equal(parse('', samples.notPaired).kind, 'refused');
  });

  it('takes every beginning of a pull for cut short, never for fewer rows', () => {
    const whole = samples.pulled([
      [1, 'hello one'],
      [12, 'A2'],
    ]);
    for (let length = 0; length < whole.length - 2; length++) {
      assert.equal(parse(whole.slice(0, length)).kind, 'cut-short', `after ${length} characters`);
    }
  });

  it('takes fewer rows than the client counted for cut short', () => {
    const pull = parse(samples.pulled([[1, 'a']]).replace('Received 1', 'Received 2'));
    assert.deepEqual([pull.kind, pull.reason], ['cut-short', 'shows 1 of 2 rows']);
  });

  it('asks for a further page after a full one only', () => {
    const rows = Array.from({ length: 100 }, (_, n): [number, string] => [n + 1, `m${n}`]);
    assert.equal(nextPage(parse(samples.pulled(rows))), 100);
    assert.equal(nextPage(parse(samples.pulled(rows.slice(0, 99)))), undefined);
    assert.equal(nextPage(parse(samples.pulledNothing)), undefined);
  });

  it('survives any text on either stream', () => {
    survives((text) => parse(text));
    survives((text) => parse(samples.pullBegun, text));
  });

  it('reads a megabyte in well under a second', () => {
    const rows = Array.from({ length: 100 }, (_, n): [number, string] => [
      n + 1,
      '\n\nCursor updated to 1 '.repeat(500),
    ]);
    assert.ok(cpuMs(() => assert.equal(parse(samples.pulled(rows)).rows.length, 100)) < HOPELESS_MS);
  });
});
