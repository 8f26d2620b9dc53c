import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { CodecError } from '../../../src/temporal/codec/error.ts';
import { keyIdOf, seal, unseal, type CodecKey } from '../../../src/temporal/codec/seal.ts';
import { plain } from './as-bytes.ts';

const KEY: CodecKey = { id: 'k1', key: randomBytes(32) };
const SECRET = 'nobody is to read this';
const clear = (): Payload => defaultPayloadConverter.toPayload({ text: SECRET }) as Payload;

const bytes = fc.uint8Array({ maxLength: 200 });
const payloads: fc.Arbitrary<Payload> = fc.record({
  metadata: fc.dictionary(
    fc.string({ minLength: 1, maxLength: 20 }).filter((name) => name !== '__proto__'),
    bytes,
    { maxKeys: 4 },
  ),
  data: bytes,
});

describe('an encrypted payload', () => {
  it('opens as what it was, metadata too, whatever it is', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        const { metadata, data } = unseal(KEY, seal(KEY, payload));
        const sorted = (of: Payload): unknown => [...(plain(of) as [unknown[], string])[0]].map(String).toSorted();
        assert.deepEqual(sorted({ metadata, data } as Payload), sorted(payload));
        assert.equal(Buffer.from(data ?? []).compare(Buffer.from(payload.data ?? [])), 0);
      }),
    );
  });

  it('shows nothing of itself but its length and the id of its key, and is never the same twice', () => {
    const [one, other] = [seal(KEY, clear()), seal(KEY, clear())];
    assert.deepEqual(Object.keys(one.metadata ?? {}), ['encoding', 'encryption-key-id']);
    assert.equal(keyIdOf(one), 'k1');
    const data = Buffer.from(one.data ?? []);
    assert.ok(!data.includes(SECRET) && !data.includes('json/plain'));
    assert.notDeepEqual(plain(one), plain(other));
    assert.notDeepEqual(data.subarray(0, 12), Buffer.from(other.data ?? []).subarray(0, 12));
  });

  it('does not open with any single bit of it flipped, and the error says so and quotes nothing', () => {
    const whole = seal(KEY, clear());
    const length = Buffer.from(whole.data ?? []).length;
    for (let bit = 0; bit < length * 8; bit += 1) {
      const data = Buffer.from(whole.data ?? []);
      data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => unseal(KEY, { ...whole, data }), refused, `bit ${bit}`);
    }
  });

  it('does not open cut short, made longer or empty, wherever', () => {
    const whole = Buffer.from(seal(KEY, clear()).data ?? []);
    for (let length = 0; length < whole.length; length += 1) {
      assert.throws(() => unseal(KEY, { metadata: {}, data: whole.subarray(0, length) }), refused);
    }
    assert.throws(() => unseal(KEY, { metadata: {}, data: Buffer.concat([whole, Buffer.alloc(1)]) }), refused);
    assert.throws(() => unseal(KEY, { metadata: {} }), refused);
  });

  it('does not open under another id of the same key, nor with another key of the same id', () => {
    const sealed = seal(KEY, clear());
    assert.throws(() => unseal({ ...KEY, id: 'k2' }, sealed), refused);
    assert.throws(() => unseal({ ...KEY, key: randomBytes(32) }, sealed), refused);
  });
});

function refused(error: unknown): boolean {
  assert.ok(error instanceof CodecError);
  assert.match(error.message, /encrypted with the key `k\d` does not open: it was altered or cut short/);
  assert.doesNotMatch(error.message, new RegExp(`${SECRET}|${KEY.key.toString('base64').slice(0, 8)}`));
  return true;
}
