import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { privateFolder } from '../hosts/private-file.ts';

const SOURCE = fileURLToPath(new URL('..', import.meta.url));
const BUNDLED = ['workflows', 'contract'];
const KEPT = 5;

/**
 * The workflows as one script, made once for each state of their sources and kept in the cache: bundling takes seconds and
 * 150 MB, so it happens in a process of its own.
 */
export async function workflowBundle(
  cacheDir: string,
  { failureConverterPath }: DataConverter = {},
): Promise<{ codePath: string }> {
  const folder = path.join(cacheDir, 'bundles');
  const codePath = path.join(folder, `workflows-${hashOfSources(failureConverterPath)}.js`);
  privateFolder(folder);
  if (existsSync(codePath)) {
    utimesSync(codePath, new Date(), new Date());
    return { codePath };
  }
  const unfinished = `${codePath}.${randomBytes(6).toString('hex')}`;
  await bundleTo(unfinished, failureConverterPath);
  renameSync(unfinished, codePath);
  forgetOld(folder);
  return { codePath };
}

/** Of all that a bundle is made of, and of what makes it. */
export function hashOfSources(failureConverterPath: string | undefined): string {
  const hash = createHash('sha256');
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string };
  hash.update(version);
  for (const file of BUNDLED.flatMap((part) => filesIn(path.join(SOURCE, part)))) {
    hash.update(`\0${path.relative(SOURCE, file)}\0`).update(readFileSync(file));
  }
  if (failureConverterPath !== undefined) hash.update(readFileSync(failureConverterPath));
  return hash.digest('hex').slice(0, 16);
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted();

async function bundleTo(file: string, failureConverterPath: string | undefined): Promise<void> {
  const program = fileURLToPath(new URL(`./bundle-program${path.extname(import.meta.url)}`, import.meta.url));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', program, file, ...(failureConverterPath === undefined ? [] : [failureConverterPath])],
    // Where packages are found, wherever the worker was started.
    { cwd: SOURCE, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
  if (code !== 0) throw new Error(`The workflows could not be bundled (exit ${code}):\n${said.slice(-2000)}`);
}

function forgetOld(folder: string): void {
  const bundles = readdirSync(folder).map((name) => path.join(folder, name));
  const age = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  for (const file of bundles.toSorted((a, b) => age(b) - age(a)).slice(KEPT)) rmSync(file, { force: true });
}
