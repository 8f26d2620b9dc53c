import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { readKeys } from './key-file.ts';
import { noCodec, SealingCodec, skimming } from './payload-codec.ts';

/** Also for the bundle of the workflows: they make failures as well. */
export const FAILURE_CONVERTER = fileURLToPath(new URL('./failure-converter.cjs', import.meta.url));

interface KeyFile {
  codecKeyFile?: string;
}

const codecOf = ({ codecKeyFile }: KeyFile) => (codecKeyFile === undefined ? noCodec : new SealingCodec(codecKeyFile));

/** How clients and workers of these settings write and read payloads. */
export const dataConverterOf = (settings: KeyFile): DataConverter => ({
  payloadCodecs: [codecOf(settings)],
  ...(settings.codecKeyFile !== undefined && { failureConverterPath: FAILURE_CONVERTER }),
});

/** The same for whoever lists, describes, schedules or cancels: needs no key to read. */
export const skimmingConverterOf = (settings: KeyFile): DataConverter => ({
  ...dataConverterOf(settings),
  payloadCodecs: [skimming(codecOf(settings))],
});

/** The same for a worker, which is not to start without its keys. @throws CodecError where the key file cannot be used */
export function workingConverterOf(settings: KeyFile): DataConverter {
  if (settings.codecKeyFile !== undefined) readKeys(settings.codecKeyFile);
  return dataConverterOf(settings);
}
