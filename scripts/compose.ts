import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian 12 has only Compose 1; the package of this later release runs on it as well (it needs libc6 2.34). */
const RELEASE = 'trixie';
const PACKAGE = 'docker-compose';
const PLUGIN = 'usr/libexec/docker/cli-plugins/docker-compose';

const composePath = (cacheDir: string): string => join(cacheDir, 'compose', 'docker-compose');

/** The words that run Docker Compose 2: the plugin that is installed, else the one in the cache. Undefined: none. */
export async function findCompose(cacheDir: string): Promise<string[] | undefined> {
  for (const words of [['docker', 'compose'], ['docker-compose'], [composePath(cacheDir)]]) {
    const [program = '', ...rest] = words;
    const version = await run(program, [...rest, 'version', '--short'], { timeout: 20_000 }).catch(() => undefined);
    if (version !== undefined && /^v?[2-9]\./.test(version.stdout.trim())) {
      return words;
    }
  }
  return undefined;
}

/**
 * Puts Compose into the cache where there is none, from the package source that this machine already uses, with a state of
 * apt of its own: nothing is installed. Where that does not work it says so and goes on.
 */
export async function ensureCompose(cacheDir: string, say: (line: string) => void): Promise<void> {
  if ((await findCompose(cacheDir)) !== undefined) {
    return;
  }
  try {
    say(`fetching Docker Compose into the cache (package ${PACKAGE} of ${RELEASE}, unpacked, not installed) …`);
    await fetchCompose(cacheDir);
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    say(`no Docker Compose here, and none to be had: ${stderr.trim().split('\n').at(-1) || message}`);
  }
}

async function fetchCompose(cacheDir: string): Promise<void> {
  const folder = join(cacheDir, 'compose');
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'fetch-'));
  try {
    const env = { ...process.env, APT_CONFIG: aptOfItsOwn(scratch) };
    await run('apt-get', ['--quiet=2', 'update'], { env, timeout: 120_000 });
    await run('apt-get', ['--quiet=2', 'download', PACKAGE], { env, cwd: scratch, timeout: 120_000 });
    const deb = readdirSync(scratch).find((name) => name.endsWith('.deb')) ?? '';
    await run('dpkg-deb', ['--extract', join(scratch, deb), join(scratch, 'x')]);
    renameSync(join(scratch, 'x', PLUGIN), composePath(cacheDir));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A configuration of apt whose lists, caches and sources are all in `folder`. Gives its file. */
function aptOfItsOwn(folder: string): string {
  for (const sub of ['lists/partial', 'cache/archives/partial', 'sources.d']) {
    mkdirSync(join(folder, sub), { recursive: true });
  }
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(join(folder, 'sources.list'), `deb [signed-by=${keyring}] ${mirror()} ${RELEASE} main\n`);
  const lines = [
    `Dir::Etc::sourcelist "${folder}/sources.list";`,
    `Dir::Etc::sourceparts "${folder}/sources.d";`,
    `Dir::State::lists "${folder}/lists";`,
    `Dir::Cache "${folder}/cache";`,
    'APT::Get::List-Cleanup "0";',
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
  ];
  writeFileSync(join(folder, 'apt.conf'), `${lines.join('\n')}\n`);
  return join(folder, 'apt.conf');
}

/** Where this machine gets Debian itself from: the first source of `main` that is no security archive. */
function mirror(): string {
  const folder = '/etc/apt/sources.list.d';
  const parts = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  const texts = ['/etc/apt/sources.list', ...parts]
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'));
  const urls = texts.flatMap((text) => [
    ...[...text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S+\s.*\bmain\b/gm)].map((match) => match[1] ?? ''),
    ...[...text.matchAll(/^URIs:\s*(\S+)/gm)].map((match) => match[1] ?? ''),
  ]);
  const found = urls.find((url) => /\/debian\/?$/.test(url));
  if (found === undefined) {
    throw new Error('no source of Debian packages in /etc/apt');
  }
  return found;
}
