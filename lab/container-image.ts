import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureEntry, type Progress } from './cache.ts';
import { docker, dockerSays, type Engine } from './container-engine.ts';
import { LabError } from './error.ts';
import { installCommand } from './host-packages.ts';
import { seconds } from './image.ts';
import { withLock } from './lock.ts';
import { cacheFolder, machineFolder } from './paths.ts';
import { machinePackages, makeKeys, makeLabFolder, makeRoot } from './rootfs.ts';
import { machineScript, sourceOf } from './sources.ts';
import { run } from './command.ts';

const REPOSITORY = '0k-chaos-lab';
const SCRIPTS = ['lab-init', 'container.sh', 'container-init'];
const BUILD_MS = 900_000;
/** busybox-static: what the relays' health checks run, as in the virtual machines. */
const PACKAGES = (): string[] => [...machinePackages(), 'busybox-static'];

export interface ContainerImage {
  /** Folder with `id` and hostkeys/. */
  keys: string;
  /** Name in the engine. */
  tag: string;
}

/** The image of both machines in the engine, under a tag that says what it was made from. Made at first use. */
export async function ensureContainerImage(engine: Engine, progress: Progress): Promise<ContainerImage> {
  const keys = await ensureEntry({ kind: 'keys', madeOf: ['for containers'], build: makeKeys }, progress);
  const content = digest(keys);
  const tag = `${REPOSITORY}:${content}`;
  const waiting = (): void => progress("another lab is making the machines' image just now: waiting for it");
  await withLock(join(cacheFolder(), 'image.lock'), waiting, async () => {
    if ((await dockerSays(engine, ['image', 'inspect', '--format', '{{.Id}}', tag])) !== null) return;
    const started = Date.now();
    const unpullable = await whyNoPulls(engine, progress);
    if (unpullable === null) await buildOnPulled(engine, { keys, tag }, progress);
    else await importLocal(engine, { keys, tag, content, unpullable }, progress);
    progress(`  image of the machines: ${seconds(started)}`);
    await removeOlder(engine, tag);
  });
  return { keys, tag };
}

function digest(keys: string): string {
  const files = ['id.pub', ...['beast', 'guardian'].map((name) => `hostkeys/${name}/ssh_host_ed25519_key`)];
  const hash = createHash('sha256');
  const sources = ['container-image.ts', 'rootfs.ts'].map((name) => sourceOf(name));
  const scripts = ['packages.txt', 'setup.sh', 'Dockerfile', ...SCRIPTS].map((name) => machineScript(name));
  for (const part of [process.version, process.arch, ...sources, ...scripts]) hash.update(`${part.length}:${part}`);
  for (const file of files) hash.update(readFileSync(join(keys, file)));
  return hash.digest('hex').slice(0, 16);
}

/** null: the base images of the Dockerfile are in the engine. Else what pulling them ended with. */
async function whyNoPulls(engine: Engine, progress: Progress): Promise<string | null> {
  const bases = [...machineScript('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image = '']) => image).toReversed();
  for (const image of bases) {
    if ((await dockerSays(engine, ['image', 'inspect', '--format', '{{.Id}}', image])) !== null) continue;
    progress(`pulling ${image}`);
    const { exitCode, stderr } = await run(['docker', ...engine.words, 'pull', '--quiet', image], {
      timeoutMs: 300_000,
    });
    if (exitCode !== 0) return `${image}: ${stderr.trim().split('\n').at(-1) ?? ''}`.slice(0, 300);
  }
  return null;
}

async function buildOnPulled(engine: Engine, { keys, tag }: ContainerImage, progress: Progress): Promise<void> {
  progress('building the machines on the pulled base image');
  await inScratch(async (dir) => {
    makeLabFolder(dir, keys, SCRIPTS);
    const words = [
      '--tag',
      tag,
      '--file',
      join(machineFolder(), 'Dockerfile'),
      '--build-arg',
      `PACKAGES=${PACKAGES().join(' ')}`,
    ];
    await docker(engine, ['build', '--quiet', ...words, dir], { timeoutMs: BUILD_MS });
  });
}

interface Local extends ContainerImage {
  content: string;
  unpullable: string;
}

/** The root file system is kept in our cache as well, for engines that come and go. */
async function importLocal(
  engine: Engine,
  { keys, tag, content, unpullable }: Local,
  progress: Progress,
): Promise<void> {
  progress(`images cannot be pulled here (${unpullable}): the base is built locally, by mmdebstrap`);
  const build = (dir: string): Promise<void> => makeTar(dir, keys);
  const root = await ensureEntry({ kind: 'root', madeOf: [content], build }, progress);
  await docker(engine, ['import', join(root, 'root.tar'), tag], { timeoutMs: BUILD_MS });
}

async function makeTar(dir: string, keys: string): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new LabError(
      'a base image can only be built locally by root on Debian. Let Docker pull images, or run `0k-chaos lab up` as root.',
      2,
    );
  }
  if ((await run(['sh', '-c', 'command -v mmdebstrap'])).exitCode !== 0) {
    throw new LabError(
      `the base image is built by mmdebstrap. Install it with:\n  ${installCommand(['mmdebstrap'])}`,
      2,
    );
  }
  makeLabFolder(dir, keys, SCRIPTS);
  cpSync(realpathSync(process.execPath), join(dir, 'node'));
  const hooks = [
    'copy-in lab /',
    'upload node /usr/local/bin/node',
    'chmod 755 "$1/usr/local/bin/node"; touch "$1/.dockerenv"',
    'chroot "$1" sh /lab/setup.sh',
    'chroot "$1" sh /lab/container.sh',
  ];
  await makeRoot(dir, { format: 'tar', target: 'root.tar', packages: PACKAGES(), hooks });
  for (const scaffold of ['lab', 'node', 'tmp']) rmSync(join(dir, scaffold), { recursive: true, force: true });
}

async function inScratch(body: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), '0k-chaos-image-'));
  try {
    await body(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The newest two stay; one that a lab runs on cannot be removed, and stays as well. */
async function removeOlder(engine: Engine, made: string): Promise<void> {
  const listed = await docker(engine, ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', REPOSITORY]);
  const older = listed
    .trim()
    .split('\n')
    .filter((tag) => tag !== made)
    .slice(1); // newest first
  for (const tag of older) await dockerSays(engine, ['image', 'rm', tag]);
}
