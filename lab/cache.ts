import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './paths.ts';
import { tryLock, withLock } from './lock.ts';
import { commandLines, kill, processesIn } from './process.ts';

export type Progress = (line: string) => void;

/** Something that is expensive to make: a folder in the cache, named for what made it. */
export interface Entry {
  kind: 'machine' | 'booted' | 'template' | 'keys' | 'root';
  /** Everything that the content depends on. */
  madeOf: (string | Buffer)[];
  /** Fills the empty folder `dir`. It may be renamed afterwards, so nothing in it may name it. */
  build: (dir: string, from: string) => Promise<void>;
  /** Another entry that this one is built from: made first, as there is one build lock. */
  from?: () => Promise<string>;
}

const buildLock = (): string => join(cacheFolder(), 'build.lock');
const KEPT = 2;
const UNFINISHED = '.building-';

/** The folder of `entry`, built now if it is not there. Of two builders at once, the second waits for the first. */
export async function ensureEntry(entry: Entry, progress: Progress): Promise<string> {
  const dir = join(cacheFolder(), `${entry.kind}-${digest(entry.madeOf)}`);
  if (!existsSync(dir)) {
    const waiting = (): void => progress(`another lab is building its ${entry.kind} just now: waiting for it`);
    const from = (await entry.from?.()) ?? '';
    await withLock(buildLock(), waiting, async () => {
      if (!existsSync(dir)) await build(entry, dir, from);
    });
  }
  const now = new Date();
  utimesSync(dir, now, now);
  return dir;
}

/** Built beside its place and renamed at the end: whoever is interrupted half-way leaves nothing that looks whole. */
async function build(entry: Entry, dir: string, from: string): Promise<void> {
  removeUnfinished();
  const unfinished = join(cacheFolder(), `${UNFINISHED}${randomBytes(4).toString('hex')}`);
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const clear = (): void => removeWithProcesses(unfinished);
  const interrupted = (): never => process.exit(130);
  process.on('exit', clear).on('SIGINT', interrupted).on('SIGTERM', interrupted);
  try {
    await entry.build(unfinished, from);
    renameSync(unfinished, dir);
  } finally {
    process.off('exit', clear).off('SIGINT', interrupted).off('SIGTERM', interrupted);
    clear();
  }
  prune(entry.kind, dir);
}

/** Ends what a killed builder left running, unless somebody is building just now. */
export async function clearUnfinished(): Promise<void> {
  const release = await tryLock(buildLock());
  if (!release) return;
  removeUnfinished();
  await release();
}

/** To be called with the build lock held: then whoever made these is dead. */
function removeUnfinished(): void {
  for (const name of readdirSync(cacheFolder()).filter((entry) => entry.startsWith(UNFINISHED))) {
    removeWithProcesses(join(cacheFolder(), name));
  }
}

function removeWithProcesses(dir: string): void {
  if (!existsSync(dir)) return;
  for (const pid of processesIn(dir)) kill(pid);
  // Not across a mount: a root file system under construction may have /dev or /proc of this machine mounted in it.
  spawnSync('rm', ['-rf', '--one-file-system', dir]);
}

/**
 * Keeps the newest entries of a kind and those that a running machine, or saved machines, stand on: a root file system that was built
 * again is not the one that their disks were saved over.
 */
function prune(kind: Entry['kind'], made: string): void {
  const used = commandLines().flatMap(({ words }) => words);
  const entries = readdirSync(cacheFolder())
    .filter((name) => name.startsWith(`${kind}-`))
    .map((name) => join(cacheFolder(), name))
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  const saved = readdirSync(cacheFolder()).filter((name) => /^(booted|template)-/.test(name));
  const standsOn = saved.map((name) => readIfThere(join(cacheFolder(), name, 'machine')));
  for (const dir of entries.filter((entry) => entry !== made).slice(KEPT - 1)) {
    if (!used.some((word) => word.includes(`${dir}/`)) && !standsOn.includes(dir))
      rmSync(dir, { recursive: true, force: true });
  }
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function digest(parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  // The length in front keeps ['ab', 'c'] and ['a', 'bc'] apart.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}
