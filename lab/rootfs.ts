import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, run } from './command.ts';
import { LabError } from './error.ts';
import { machineFolder } from './paths.ts';
import { MACHINE_NAMES } from './qemu-words.ts';
import { machineScript } from './sources.ts';

export const SUITE = 'bookworm';

/** The packages of a machine, virtual or a container. */
export function machinePackages(): string[] {
  return machineScript('packages.txt')
    .split('\n')
    .filter((name) => name !== '');
}

/** `id` and hostkeys/ in `dir`. Host keys are made here and not by the machines, so that known_hosts is known before the first connection. */
export async function makeKeys(dir: string): Promise<void> {
  const keygen = (file: string): Promise<string> =>
    must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '0k-chaos-lab', '-f', file]);
  await keygen(join(dir, 'id'));
  for (const name of MACHINE_NAMES) {
    mkdirSync(join(dir, 'hostkeys', name), { recursive: true });
    await keygen(join(dir, 'hostkeys', name, 'ssh_host_ed25519_key'));
  }
}

/** `lab` in `dir`: what setup.sh finds in /lab, with the keys of `keys` and those `scripts` of lab/machine. */
export function makeLabFolder(dir: string, keys: string, scripts: string[]): void {
  mkdirSync(join(dir, 'lab'));
  cpSync(join(keys, 'hostkeys'), join(dir, 'lab/hostkeys'), { recursive: true });
  cpSync(join(keys, 'id.pub'), join(dir, 'lab/authorized_keys'));
  for (const name of ['setup.sh', ...scripts]) cpSync(join(machineFolder(), name), join(dir, 'lab', name));
}

export interface Root {
  format: 'directory' | 'tar';
  /** Within `dir`. */
  target: string;
  packages: string[];
  /** Hooks of mmdebstrap, run when the packages are in. */
  hooks: string[];
}

/**
 * A bare Debian with packages, made by mmdebstrap in `dir`, which needs root. In a mount namespace of its own: /proc and whatever else is
 * mounted in there goes with it, however it ends.
 */
export async function makeRoot(dir: string, { format, target, packages, hooks }: Root): Promise<void> {
  mkdirSync(join(dir, 'tmp'), { mode: 0o1777 });
  await must(
    [
      ...['unshare', '--mount', 'mmdebstrap', '--quiet', '--variant=minbase', `--format=${format}`],
      ...[
        '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
        `--include=usr-is-merged,usrmerge-,${packages.join(',')}`,
      ],
      '--aptopt=APT::Install-Recommends "false"',
      ...(await hostAptOptions()),
      ...['man', 'locale', 'doc'].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
      ...hooks.map((hook) => `--customize-hook=${hook}`),
      ...[SUITE, target, debianSources()],
    ],
    { cwd: dir, timeoutMs: 900_000, env: { TMPDIR: join(dir, 'tmp') } },
  );
}

/** The mirror that this machine uses itself. */
function debianSources(): string {
  const files = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];
  const found = files.find((file) => existsSync(file) && readFileSync(file, 'utf8').includes(SUITE));
  if (found) return found;
  throw new LabError(
    `the lab's machines are Debian ${SUITE}, and neither ${files.join(' nor ')} names it. Use Debian 12.`,
    2,
  );
}

/** How this machine's apt gets out (proxy, certificates). */
async function hostAptOptions(): Promise<string[]> {
  const { stdout } = await run(['apt-config', 'dump', 'Acquire']);
  const settings = stdout
    .split('\n')
    .filter((line) => /^Acquire::https?::(?:\S+::)?(?:Proxy|CaInfo) "[^"]+";$/.test(line));
  return settings.map((line) => `--aptopt=${line}`);
}
