import { strict as assert } from 'node:assert';
import { parsePull } from '../../src/zerok/pull-output.ts';
import { sentBytes } from '../../src/zerok/sent-bytes.ts';
import * as samples from './samples.ts';

const page = (...texts: string[]) =>
  parsePull({ stdout: samples.pulled(texts.map((text, n): [number, string] => [n + 1, text])), stderr: '' });
const none = parsePull({ stdout: samples.pulledNothing, stderr: '' });
const failed = parsePull({ stdout: samples.pullFailed, stderr: '' });
const texts = new Map([
  ['hello', 'm-1'],
  ['Grüße', 'm-2'],
]);

/** By how many bytes and pulls its counters grew while it gave these pages. */
const told = (bytes: number, pulls: number, ...pages: (typeof none)[]) => {
  const before = { bytes_sent_total: 100, pulls_total: 7 };
  const after = { bytes_sent_total: 100 + bytes, pulls_total: 7 + pulls };
  return sentBytes({ relay: 'relay-1', before, after, pages }, texts).map(({ id }) => id);
};

describe('what a relay counts as sent', () => {
  it('is what its clients have read: each blob with its 40 bytes', () => {
    assert.deepEqual(told(45 + 47 + 45, 3, page('hello', 'Grüße'), page('hello'), none), []);
    assert.deepEqual(told(40 + 256, 1, page('<binary 256 bytes>')), []);
  });

  it('is found to be more where the relay sends what nobody can read', () => {
    assert.deepEqual(told(45 + 96, 1, page('hello')), ['sends-more']);
    assert.deepEqual(told(96, 1, none), ['sends-more']);
  });

  it('is found wrong where it is less', () => {
    assert.deepEqual(told(0, 1, page('hello')), ['metrics-wrong']);
  });

  it('says nothing where others pulled too, a page failed, a counter is lacking or began anew', () => {
    assert.deepEqual(told(999, 2, page('hello')), []);
    assert.deepEqual(told(999, 2, page('hello'), failed), []);
    assert.deepEqual(told(-100, -7, page('hello')), []);
    const nothing = { relay: 'relay-1', before: {}, after: {}, pages: [none] };
    assert.deepEqual(sentBytes(nothing, texts), []);
  });
});
