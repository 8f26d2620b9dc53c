import { strict as assert } from 'node:assert';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { workingConverterOf } from '../../../src/temporal/codec/data-converter.ts';
import { makeKeys, readKeys, rotateKeys } from '../../../src/temporal/codec/key-file.ts';
import { SealingCodec } from '../../../src/temporal/codec/payload-codec.ts';
import { keyIdOf } from '../../../src/temporal/codec/seal.ts';
import { withLock } from '../../../src/temporal/lock.ts';
import { plain } from './as-bytes.ts';

const clear = (): Payload => defaultPayloadConverter.toPayload({ text: 'x' }) as Payload;

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

  it('wait with a rotation for one that another process has begun', async () => {
    makeKeys(file);
    let rotated: Promise<string> | undefined;
    await withLock(`${file}.lock`, 1000, async () => {
      rotated = rotateKeys(file);
      const first = await Promise.race([rotated, pause(200, 'it waits')]);
      assert.equal(first, 'it waits');
      assert.equal(readKeys(file).length, 1);
    });
    assert.equal(await rotated, readKeys(file)[0]?.id);
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
    const key = readKeys(file)[0]?.key.toString('base64') ?? '';
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
