import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './paths.ts';
import { withLock } from './lock.ts';
import { commandLines } from './process.ts';

export type Progress = (line: string) => void;

/** Something that is expensive to make: a folder in the cache, named for what made it. */
export interface Entry {
  kind: 'machine' | 'booted' | 'template';
  /** Everything that the content depends on. */
  madeOf: (string | Buffer)[];
  /** Fills the empty folder `dir`. It may be renamed afterwards, so nothing in it may name it. */
  build: (dir: string, from: string) => Promise<void>;
  /** Another entry that this one is built from: made first, as there is one build lock. */
  from?: () => Promise<string>;
}

const KEPT = 2;
const UNFINISHED = '.building-';

/** The folder of `entry`, built now if it is not there. Of two builders at once, the second waits for the first. */
export async function ensureEntry(entry: Entry, progress: Progress): Promise<string> {
  const dir = join(cacheFolder(), `${entry.kind}-${digest(entry.madeOf)}`);
  if (!existsSync(dir)) {
    const waiting = (): void => progress(`another lab is building its ${entry.kind} just now: waiting for it`);
    const from = (await entry.from?.()) ?? '';
    await withLock(join(cacheFolder(), 'build.lock'), waiting, async () => {
      if (!existsSync(dir)) await build(entry, dir, from);
    });
  }
  const now = new Date();
  utimesSync(dir, now, now);
  return dir;
}

/** Built beside its place and renamed at the end: whoever is killed half-way leaves nothing that looks whole. */
async function build(entry: Entry, dir: string, from: string): Promise<void> {
  removeUnfinished();
  const unfinished = join(cacheFolder(), `${UNFINISHED}${randomBytes(4).toString('hex')}`);
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  try {
    await entry.build(unfinished, from);
    renameSync(unfinished, dir);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  prune(entry.kind, dir);
}

/** We hold the build lock, so whoever made these is dead. Its machines are too: they are killed before their folder goes. */
function removeUnfinished(): void {
  for (const name of readdirSync(cacheFolder()).filter((entry) => entry.startsWith(UNFINISHED))) {
    const dir = join(cacheFolder(), name);
    for (const { pid, words } of commandLines()) {
      if (words[0]?.includes('qemu-system') && words.some((word) => word.includes(`${dir}/`)))
        process.kill(pid, 'SIGKILL');
    }
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Keeps the newest entries of a kind and those that a running machine, or a kept template, stands on. */
function prune(kind: Entry['kind'], made: string): void {
  const used = commandLines().flatMap(({ words }) => words);
  const entries = readdirSync(cacheFolder())
    .filter((name) => name.startsWith(`${kind}-`))
    .map((name) => join(cacheFolder(), name))
    .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  const templates = readdirSync(cacheFolder()).filter((name) => name.startsWith('template-'));
  const standsOn = templates.map((name) => readIfThere(join(cacheFolder(), name, 'machine')));
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
