import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { loadSettings } from '../../src/config.ts';
import { hashOfSources } from '../../src/temporal/bundle.ts';

/** A change of the sources that a bundle is made of: what stands there, once, and what is to stand there instead. */
export interface Mutation {
  /** Below `src/workflows` or `src/contract`. */
  file: string;
  replace: string;
  by: string;
}

const DAY_MS = 86_400_000;
const HERE = fileURLToPath(new URL('.', import.meta.url));
const SOURCE = fileURLToPath(new URL('../../src/', import.meta.url));
const ENTRY = path.join(HERE, 'workflows-in-sandbox.ts');
const LOADER = path.join(HERE, 'mutating-loader.cjs');

/** @returns the file of the bundle, made once for each state of the sources. */
export async function bundleFile(): Promise<string> {
  const folder = path.join(loadSettings().cacheDir, 'sandbox');
  const file = path.join(folder, `${hash()}.js`);
  if (existsSync(file)) return file;
  const code = await bundled([]);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const old of readdirSync(folder).map((name) => path.join(folder, name))) {
    if (Date.now() - statSync(old).mtimeMs > DAY_MS) rmSync(old, { force: true });
  }
  writeFileSync(`${file}.${process.pid}`, code, { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
  return file;
}

/** The bundle of workflows as they are not. @throws where a text to be mutated is not there, or more than once. */
export async function bundled(mutations: Mutation[]): Promise<string> {
  for (const mutation of mutations) check(mutation);
  const { code } = await bundleWorkflowCode({
    workflowsPath: ENTRY,
    payloadConverterPath: path.join(SOURCE, 'workflows', 'payload-converter.cjs'),
    logger: new DefaultLogger('ERROR'),
    // What is the SDK's own is the same for all runs: loaded once, it costs no run anything.
    preloadModules: ['@temporalio/workflow', '@temporalio/common'],
    webpackConfigHook: (config) => ({
      ...config,
      module: { ...config.module, rules: [...(config.module?.rules ?? []), ...mutations.map(ruleFor)] },
    }),
  });
  return code;
}

/** @throws where the text is not there, or more than once: then the mutation would prove nothing. */
function check({ file, replace }: Mutation): void {
  const found = readFileSync(path.join(SOURCE, file), 'utf8').split(replace).length - 1;
  if (found !== 1) throw new Error(`the text to be mutated is ${found} times in ${file}: ${replace}`);
}

const ruleFor = ({ file, replace, by }: Mutation) => ({
  resource: path.join(SOURCE, file),
  enforce: 'pre' as const,
  use: [{ loader: LOADER, options: { replace, by } }],
});

function hash(): string {
  const hash = createHash('sha256').update(hashOfSources(undefined));
  for (const name of readdirSync(HERE)) {
    if (/^(workflows-in-sandbox|program|bundles)\.ts$/.test(name)) hash.update(readFileSync(path.join(HERE, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
