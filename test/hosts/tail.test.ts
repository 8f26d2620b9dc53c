import { strict as assert } from 'node:assert';
import { Tail } from '../../src/hosts/tail.ts';

const said = (tail: Tail): string => tail.bytes().toString();

describe('the tail of a stream', function () {
  // Byte by byte it once took minutes, in which nothing else of the process went on.
  this.timeout(20_000);

  it('is all of what fits, and its last bytes of what does not', () => {
    const tail = new Tail(8);
    for (const chunk of ['ab', 'cdef', 'gh']) tail.push(Buffer.from(chunk));
    assert.equal(said(tail), 'abcdefgh');
    assert.equal(tail.truncated, false);

    for (const chunk of ['ijklmnopqrstuvwxyz', '0', '1', '23']) tail.push(Buffer.from(chunk));
    assert.equal(said(tail), 'wxyz0123');
    assert.equal(said(tail), 'wxyz0123');
    assert.equal(tail.truncated, true);
  });

  it('is kept of a stream that comes byte by byte, for as long as it likes', () => {
    const tail = new Tail(1024 * 1024);
    const bytes = Array.from({ length: 10 }, (_, digit) => Buffer.from(String(digit)));
    for (let n = 0; n < 1_200_000; n += 1) tail.push(bytes[n % 10] as Buffer);
    assert.equal(tail.bytes().length, 1024 * 1024);
    assert.equal(said(tail).slice(-10), '0123456789');
  });
});
