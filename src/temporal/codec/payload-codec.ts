import type { Payload, PayloadCodec } from '@temporalio/common';
import { CodecError } from './error.ts';
import { readKeys } from './key-file.ts';
import { keyIdOf, seal, unseal, type CodecKey } from './seal.ts';

/**
 * Encrypts every payload with the newest key of a file; opens those of all its keys, and passes on what is in clear. The file is
 * read when a key is first needed: whoever only aborts or lists runs needs none.
 */
export class SealingCodec implements PayloadCodec {
  readonly #file: string;
  #keys: CodecKey[] = [];

  constructor(keyFile: string) {
    this.#file = keyFile;
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    if (this.#keys.length === 0) this.#keys = readKeys(this.#file);
    const [newest] = this.#keys as [CodecKey];
    return payloads.map((payload) => seal(newest, payload));
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) => {
      const id = keyIdOf(payload);
      return id === undefined ? payload : unseal(this.#key(id), payload);
    });
  }

  /** The file is read again for a key that is not known yet: somebody may have rotated meanwhile. */
  #key(id: string): CodecKey {
    const known = this.#find(id);
    if (known) return known;
    this.#keys = readKeys(this.#file);
    const added = this.#find(id);
    if (added) return added;
    const there = this.#keys.map((key) => `\`${key.id}\``).join(', ');
    throw new CodecError(
      `A payload is encrypted with the key \`${id}\`, which is not in \`${this.#file}\` (there: ${there}); put that key back into it`,
    );
  }

  #find(id: string): CodecKey | undefined {
    return this.#keys.find((key) => key.id === id);
  }
}

/** Of lists, descriptions and schedules: what cannot be opened here is nothing, and keeps nobody from the rest. */
export const skimming = (codec: PayloadCodec): PayloadCodec => ({
  encode: (payloads) => codec.encode(payloads),
  decode: (payloads) =>
    Promise.all(
      payloads.map(async (payload) => {
        const opened = await codec.decode([payload]).catch((error: unknown) => {
          if (error instanceof CodecError) return [];
          throw error;
        });
        return opened[0] ?? { metadata: { encoding: Buffer.from('binary/null') } };
      }),
    ),
});

/** In place of a codec where none is set: says so when it meets an encrypted payload. */
export const noCodec: PayloadCodec = {
  encode: (payloads) => Promise.resolve(payloads),
  decode: async (payloads) => {
    for (const payload of payloads) {
      const id = keyIdOf(payload);
      if (id === undefined) continue;
      throw new CodecError(
        `A payload is encrypted (key \`${id}\`), and no codec is set here; name the key file in the fleet file: \`codec: { keyFile: … }\``,
      );
    }
    return payloads;
  },
};
