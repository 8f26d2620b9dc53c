import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface Standins {
  relay: string;
  cli: string;
  discovery: string;
}

/**
 * Bundles the lab's stand-ins into `outDir`: `relay.cjs` (with node-sqlite3-wasm.wasm beside it), `sync-cli.cjs` and
 * `discovery.cjs`, each run by Node 20 and nothing else. The same sources give the same bytes.
 */
export async function buildStandins(outDir: string): Promise<Standins> {
  const here = dirname(fileURLToPath(import.meta.url));
  await mkdir(outDir, { recursive: true });
  await build({
    absWorkingDir: here,
    entryPoints: { relay: 'relay/main.ts', 'sync-cli': 'cli/main.ts', discovery: 'discovery/main.ts' },
    outdir: outDir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    banner: { js: '#!/usr/bin/env node\n// A stand-in for 0k-sync in the lab of 0k-chaos, not the product.' },
    logLevel: 'warning',
  });
  const wasm = 'node-sqlite3-wasm.wasm';
  const sqlite = createRequire(import.meta.url).resolve('node-sqlite3-wasm');
  await copyFile(join(dirname(sqlite), wasm), join(outDir, wasm));
  return {
    relay: join(outDir, 'relay.cjs'),
    cli: join(outDir, 'sync-cli.cjs'),
    discovery: join(outDir, 'discovery.cjs'),
  };
}
