import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { readKeys } from './key-file.ts';
import { noCodec, SealingCodec } from './payload-codec.ts';

/** Also for the bundle of the workflows: they make failures as well. */
export const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

/** How clients and workers of these settings write and read payloads. */
export const dataConverterOf = ({ codecKeyFile }: { codecKeyFile?: string }): DataConverter =>
  codecKeyFile === undefined
    ? { payloadCodecs: [noCodec] }
    : { payloadCodecs: [new SealingCodec(codecKeyFile)], failureConverterPath: FAILURE_CONVERTER };

/** The same for a worker, which is not to start without its keys. @throws CodecError where the key file cannot be used */
export function workingConverterOf(settings: { codecKeyFile?: string }): DataConverter {
  if (settings.codecKeyFile !== undefined) readKeys(settings.codecKeyFile);
  return dataConverterOf(settings);
}
