import { LabError } from './error.ts';
import { must, run } from './command.ts';

/** Debian packages, each with what it is for. */
export type Packages = Record<string, string>;

/** What this machine needs to build and run the lab. */
export const HOST_PACKAGES: Packages = {
  'qemu-system-x86': 'runs the machines',
  'qemu-utils': 'makes their disks (qemu-img)',
  mmdebstrap: 'makes their root file system',
  'busybox-static': 'starts them (initrd)',
  cpio: 'packs the initrd',
  'openssh-client': 'reaches them',
  e2fsprogs: 'formats their disks (mke2fs)',
};

export type MayInstall = (packages: Packages) => Promise<boolean>;

/** Installs those of `packages` that are missing. @throws LabError where `mayInstall` (default: no) does not agree, or apt-get fails. */
export async function ensurePackages(
  packages: Packages,
  mayInstall: MayInstall | undefined,
  progress: (line: string) => void,
): Promise<void> {
  const lacking = await missing(packages);
  const names = Object.keys(lacking);
  if (names.length === 0) return;
  if (await mayInstall?.(lacking)) {
    progress(`installing ${names.join(' ')} (apt-get) …`);
    return install(names);
  }
  throw new LabError(
    `Debian packages are missing on this machine. Agree with --yes, or install them with:\n  ${installCommand(names)}`,
    2,
  );
}

/** Those of `packages` that are not installed, in the same order. @throws LabError where there is no dpkg. */
export async function missing(packages: Packages): Promise<Packages> {
  const names = Object.keys(packages);
  const query = ['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\\n', ...names];
  // It ends with 1 where it does not know some of the names, and answers for the others all the same.
  const answer = await run(query).catch((error: unknown) => {
    throw new LabError(
      `virtual machines are built with Debian packages, and this machine has no \`dpkg-query\`. Use a Docker engine with netem, or Debian 12.`,
      2,
      { cause: error },
    );
  });
  const installed = new Set([...answer.stdout.matchAll(/^(\S+) installed$/gm)].map(([, name]) => name));
  return Object.fromEntries(Object.entries(packages).filter(([name]) => !installed.has(name)));
}

/** The words that install `names`, for people and for us. */
export function installCommand(names: string[]): string {
  return [...sudo(), 'apt-get', 'install', '-y', '--no-install-recommends', ...names].join(' ');
}

const sudo = (): string[] => (process.getuid?.() === 0 ? [] : ['sudo']);

/** Asks nobody, so the caller has asked before. Quiet unless it fails: what it said is then all there is to go by. */
export async function install(names: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await must([...sudo(), 'apt-get', '-qq', 'update'], { timeoutMs: 180_000, env });
  const words = ['apt-get', '-qq', '-o', 'Dpkg::Use-Pty=0', 'install', '-y', '--no-install-recommends', ...names];
  await must([...sudo(), ...words], { timeoutMs: 900_000, env });
}
