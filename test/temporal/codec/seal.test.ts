import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import {
  decodeFromPayloadsAtIndex,
  encodeToPayloads,
} from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/data-converter-helpers.js';
import fc from 'fast-check';
import { dataConverterOf, workingConverterOf } from '../../../src/temporal/codec/data-converter.ts';
import { CodecError } from '../../../src/temporal/codec/error.ts';
import { makeKeys, readKeys, rotateKeys } from '../../../src/temporal/codec/key-file.ts';
import { noCodec, SealingCodec } from '../../../src/temporal/codec/payload-codec.ts';
import { keyIdOf, seal, unseal, type CodecKey } from '../../../src/temporal/codec/seal.ts';

const KEY: CodecKey = { id: 'k1', key: randomBytes(32) };
const SECRET = 'nobody is to read this';
const clear = (): Payload => defaultPayloadConverter.toPayload({ text: SECRET }) as Payload;

/** As both sides see it: bytes only. */
const plain = ({ metadata, data }: Payload): unknown => [
  Object.entries(metadata ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes ?? []).toString('hex')]),
  Buffer.from(data ?? []).toString('hex'),
];

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

describe('the keys of the codec', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-codec-'));
    file = join(dir, 'keys', 'codec.json');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('are made once, as a file of mode 0600 in a folder of mode 0700', () => {
    const id = makeKeys(file);
    assert.deepEqual(
      readKeys(file).map((key) => [key.id, key.key.length]),
      [[id, 32]],
    );
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(dir, 'keys')).mode & 0o777, 0o700);
    assert.throws(() => makeKeys(file), /already.*`0k-chaos codec rotate`/);
    assert.equal(readKeys(file)[0]?.id, id);
  });

  it('rotate: the new one encrypts, the old ones go on decrypting, also two rotations at once', async () => {
    const first = makeKeys(file);
    const old = await new SealingCodec(file).encode([clear()]);
    const ids = await Promise.all([rotateKeys(file), rotateKeys(file)]);
    assert.deepEqual(
      readKeys(file)
        .map(({ id }) => id)
        .toSorted(),
      [first, ...ids].toSorted(),
    );
    assert.equal(readKeys(file).at(-1)?.id, first);
    const codec = new SealingCodec(file);
    const [fresh = {}] = await codec.encode([clear()]);
    assert.equal(keyIdOf(fresh), readKeys(file)[0]?.id);
    assert.deepEqual((await codec.decode([...old, fresh])).map(plain), [clear(), clear()].map(plain));
    assert.deepEqual(readdirSync(join(dir, 'keys')), ['codec.json']);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('are read again by a codec in use when it meets one that was added meanwhile', async () => {
    makeKeys(file);
    const running = new SealingCodec(file);
    await running.encode([clear()]);
    await rotateKeys(file);
    const fresh = await new SealingCodec(file).encode([clear()]);
    assert.deepEqual((await running.decode(fresh)).map(plain), [plain(clear())]);
    assert.equal(keyIdOf((await running.encode([clear()]))[0] ?? {}), keyIdOf(fresh[0] ?? {}));
  });

  it('are named where one is missing: its id, the file, and what is there', async () => {
    makeKeys(file);
    const sealed = await new SealingCodec(file).encode([clear()]);
    rmSync(file);
    const other = makeKeys(file);
    const what = `is encrypted with the key \`${keyIdOf(sealed[0] ?? {})}\`, which is not in \`${file}\` (there: \`${other}\`)`;
    await assert.rejects(new SealingCodec(file).decode(sealed), ({ message }: Error) => message.includes(what));
  });

  it('are not taken from a file that others may read, that is none of ours, or that is not there', () => {
    assert.throws(() => workingConverterOf({ codecKeyFile: file }), /cannot be used: ENOENT.*`0k-chaos codec keygen`/);
    makeKeys(file);
    chmodSync(file, 0o640);
    assert.throws(() => workingConverterOf({ codecKeyFile: file }), /open to others \(mode 640\)/);
    chmodSync(file, 0o600);
    const sound = readFileSync(file, 'utf8');
    const [{ key = '' } = {}] = (JSON.parse(sound) as { keys: { key: string }[] }).keys;
    const spoilt = [
      sound.slice(0, -20),
      sound.replace(key, key.slice(4)),
      sound.replace('"keys"', '"key"'),
      '{"keys":[]}',
    ];
    for (const text of spoilt) {
      writeFileSync(file, text);
      assert.throws(
        () => workingConverterOf({ codecKeyFile: file }),
        ({ message }: Error) => {
          assert.match(message, /is not as `0k-chaos codec keygen` writes it/);
          assert.ok(!message.includes(key.slice(4)));
          return true;
        },
      );
    }
  });
});

describe('the data converter of clients and workers', () => {
  let dir: string;
  let file: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), '0k-chaos-converter-'));
    file = join(dir, 'codec.json');
    makeKeys(file);
  });
  after(() => rmSync(dir, { recursive: true }));

  const withCodec = () => loadDataConverter(dataConverterOf({ codecKeyFile: file }));
  const without = () => loadDataConverter(dataConverterOf({}));

  it('writes in clear where no codec is set, and a codec reads that as it is', async () => {
    const written = (await encodeToPayloads(without(), { text: SECRET })) ?? [];
    assert.ok(Buffer.from(written[0]?.data ?? []).includes(SECRET));
    assert.deepEqual(await decodeFromPayloadsAtIndex(withCodec(), 0, written), { text: SECRET });
    assert.deepEqual((await new SealingCodec(file).decode(written)).map(plain), written.map(plain));
  });

  it('says that a codec is wanted where none is set, and which key', async () => {
    const written = (await encodeToPayloads(withCodec(), { text: SECRET })) ?? [];
    const wanted = new RegExp(
      `encrypted \\(key \`${keyIdOf(written[0] ?? {})}\`\\), and no codec is set here.*codec: \\{ keyFile`,
    );
    await assert.rejects(decodeFromPayloadsAtIndex(without(), 0, written), wanted);
    await assert.rejects(noCodec.decode([clear(), ...written]), wanted);
  });

  it('fails where a bit of the metadata is flipped, however that turns it', async () => {
    const [sealed = {}] = (await encodeToPayloads(withCodec(), { text: SECRET })) ?? [];
    for (const name of ['encoding', 'encryption-key-id']) {
      const value = Buffer.from(sealed.metadata?.[name] ?? []);
      for (let bit = 0; bit < value.length * 8; bit += 1) {
        const flipped = Buffer.from(value);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const payload = { ...sealed, metadata: { ...sealed.metadata, [name]: flipped } };
        await assert.rejects(decodeFromPayloadsAtIndex(withCodec(), 0, [payload]), `${name}, bit ${bit}`);
      }
    }
  });

  it('moves the message and stack of a failure into what the codec encrypts', () => {
    const { failureConverter, payloadConverter } = withCodec();
    const failure = failureConverter.errorToFailure(new Error(SECRET), payloadConverter);
    assert.equal(failure.message, 'Encoded failure');
    assert.ok(!`${failure.stackTrace}`.includes(SECRET));
    assert.equal(failureConverter.failureToError(failure, payloadConverter).message, SECRET);
  });
});
