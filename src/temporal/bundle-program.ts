import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/* Writes the workflow bundle to the file that it is given. A program, so that its memory goes with it. */

const workflowsPath = fileURLToPath(new URL(`../workflows/index${path.extname(import.meta.url)}`, import.meta.url));
const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
writeFileSync(process.argv[2] ?? '', code, { mode: 0o600 });
