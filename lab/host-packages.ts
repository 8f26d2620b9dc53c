import { existsSync } from 'node:fs';
import { LabError } from './error.ts';
import { must, run } from './command.ts';

/** Debian packages that this machine needs to build and run the lab, with what each is for. */
export const HOST_PACKAGES: Record<string, string> = {
  'qemu-system-x86': 'runs the machines',
  'qemu-utils': 'makes their disks (qemu-img)',
  mmdebstrap: 'makes their root file system',
  'busybox-static': 'starts them (initrd)',
  cpio: 'packs the initrd',
  'openssh-client': 'reaches them',
  e2fsprogs: 'formats their disks (mke2fs)',
};

/** Those of HOST_PACKAGES that are not installed, in the order of the list. */
async function missingPackages(): Promise<string[]> {
  if (!existsSync('/usr/bin/dpkg-query')) {
    throw new LabError(
      'virtual machines are built with Debian packages, and this machine has no `dpkg`. Use a Docker engine with netem, or Debian 12.',
      2,
    );
  }
  const names = Object.keys(HOST_PACKAGES);
  const { stdout } = await run(['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\\n', ...names]);
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

export type MayInstall = (packages: string[]) => Promise<boolean>;

/** @throws LabError where some are missing and `mayInstall` (default: no) does not agree. */
export async function ensurePackages(
  mayInstall: MayInstall | undefined,
  progress: (line: string) => void,
): Promise<void> {
  const missing = await missingPackages();
  if (missing.length === 0) return;
  if (await mayInstall?.(missing)) return installPackages(missing, progress);
  throw new LabError(
    `the lab needs packages that this machine does not have. Install them with:\n  ${installCommand(missing)}`,
    2,
  );
}

/** The words that install `packages`, for people and for us. */
export function installCommand(packages: string[]): string {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  return `${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/** Installs `packages`; asks nobody, so the caller has asked before. */
async function installPackages(packages: string[], progress: (line: string) => void): Promise<void> {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  progress(`installing ${packages.join(' ')}`);
  await must([...sudo, 'apt-get', '-qq', 'update'], { timeoutMs: 180_000, env });
  const words = ['apt-get', '-qq', 'install', '-y', '--no-install-recommends', ...packages];
  await must([...sudo, ...words], { timeoutMs: 600_000, env });
}
