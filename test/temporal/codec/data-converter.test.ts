import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import {
  decodeFromPayloadsAtIndex,
  encodeToPayloads,
} from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/data-converter-helpers.js';
import { dataConverterOf } from '../../../src/temporal/codec/data-converter.ts';
import { makeKeys } from '../../../src/temporal/codec/key-file.ts';
import { noCodec, SealingCodec } from '../../../src/temporal/codec/payload-codec.ts';
import { keyIdOf } from '../../../src/temporal/codec/seal.ts';
import { plain } from './as-bytes.ts';

const SECRET = 'nobody is to read this';
const clear = (): Payload => defaultPayloadConverter.toPayload({ text: SECRET }) as Payload;

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
