import { strict as assert } from 'node:assert';
import { span, iterations, seedNumber, wholeNumber } from '../../src/cli/numbers.ts';

describe('numbers on the command line', () => {
  it('are times with a unit', () => {
    assert.deepEqual(['90s', '30m', '2h', '1.5h', '1d'].map(span), [90, 1800, 7200, 5400, 86_400]);
    for (const wrong of ['2', 'h', '2 h', '-1h', '2y', '1e3s']) assert.throws(() => span(wrong), /such as 90s/);
  });

  it('are whole', () => {
    assert.deepEqual(['1', '9999'].map(wholeNumber), [1, 9999]);
    for (const wrong of ['0', '-1', '1.5', '10000', 'two']) assert.throws(() => wholeNumber(wrong), /whole number/);
    assert.deepEqual(['nightly', '7'].map(iterations), ['nightly', 7]);
    assert.throws(() => iterations('nighly'), /1 to 9999, or `nightly`/);
    assert.deepEqual(['0', '4294967295'].map(seedNumber), [0, 4_294_967_295]);
    for (const wrong of ['4294967296', '-1', '']) assert.throws(() => seedNumber(wrong), /whole number/);
  });
});
