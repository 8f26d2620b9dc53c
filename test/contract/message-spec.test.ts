import { strict as assert } from 'node:assert';
import { Deck, randomFrom } from '../../src/contract/message-spec.ts';
import type { Payload } from '../../src/contract/message-spec.ts';

const shapes = (seed: number, count: number, payload: Payload) =>
  new Deck(seed).deal(count, payload).map(({ shape }) => shape);

describe('a deck of messages', () => {
  it('deals the same messages from the same seed, and others from another', () => {
    assert.deepEqual(new Deck(7).deal(20, 'full'), new Deck(7).deal(20, 'full'));
    assert.notDeepEqual(shapes(7, 20, 'mixed'), shapes(8, 20, 'mixed'));
  });

  it('deals on where it stopped', () => {
    const deck = new Deck(7);
    assert.deepEqual([...deck.deal(3, 'mixed'), ...deck.deal(4, 'mixed')], new Deck(7).deal(7, 'mixed'));
  });

  it('deals every shape before one turns up again', () => {
    for (let seed = 0; seed < 50; seed++) assert.equal(new Set(shapes(seed, 7, 'mixed')).size, 7);
  });

  it('deals the large ones first and once, so that a relay can answer with all of it at once', () => {
    for (let seed = 0; seed < 50; seed++) {
      const messages = new Deck(seed).deal(100, 'full');
      assert.deepEqual(
        messages.filter(({ bytes }) => bytes > 2_048).map(({ id, bytes }) => [id, bytes]),
        [
          ['m-1', 600_000],
          ['m-2', 66_000],
        ],
      );
      const page = messages.slice(0, 50).reduce((sum, { bytes }) => sum + bytes * 1.5, 0);
      assert.ok(page < 1024 * 1024, `${page} bytes on the wire`);
    }
  });

  it('deals one at the brim of 64 KiB beside one beyond it, and twice what a relay can answer at once', () => {
    const large = (seed: number, payload: Payload) =>
      new Deck(seed).deal(9, payload).flatMap(({ bytes }) => (bytes > 2_048 ? [bytes] : []));
    const brims = Array.from({ length: 50 }, (_, seed) => large(seed, 'large'));
    assert.ok(brims.every(([first, second = 0, ...more]) => first === 66_000 && second < 65_540 && more.length === 0));
    assert.deepEqual(new Set(brims.map(([, brim]) => brim)).size, 6);
    assert.deepEqual(large(7, 'beyond'), [600_000, 600_000]);
  });

  it('deals short lines only where nothing else may travel', () => {
    assert.deepEqual(new Set(shapes(7, 30, 'lines')), new Set(['line']));
  });

  it('deals no more single bytes than there are', () => {
    const bytes = new Deck(7).deal(1000, 'mixed').filter(({ shape }) => shape === 'byte');
    assert.ok(bytes.every(({ id }) => Number(id.slice(2)) <= 86));
  });
});

describe('randomFrom', () => {
  it('gives numbers from 0 to 1, evenly enough to choose with', () => {
    const random = randomFrom(1);
    const draws = Array.from({ length: 10_000 }, random);
    assert.ok(draws.every((draw) => draw >= 0 && draw < 1));
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    assert.ok(Math.abs(mean - 0.5) < 0.02, `mean ${mean}`);
  });
});
