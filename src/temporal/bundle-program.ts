import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/* Writes the workflow bundle, with the failure converter that may be named behind it, to the file that it is given. A program, so that its memory goes with it. */

const workflowsPath = fileURLToPath(new URL('../workflows/entry.cjs', import.meta.url));
const [, , file = '', failureConverterPath] = process.argv;
const converter = failureConverterPath === undefined ? {} : { failureConverterPath };
const payloadConverterPath = fileURLToPath(new URL('../workflows/payload-converter.cjs', import.meta.url));
const { code } = await bundleWorkflowCode({
  workflowsPath,
  logger: new DefaultLogger('WARN'),
  payloadConverterPath,
  ...converter,
});
writeFileSync(file, code, { mode: 0o600 });
