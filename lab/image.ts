import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureEntry, type Progress } from './cache.ts';
import { must, run } from './command.ts';
import { LabError } from './error.ts';
import { machineFolder } from './paths.ts';
import { machinePackages, makeKeys, makeLabFolder, makeRoot, SUITE, type Root } from './rootfs.ts';
import { sourceOf } from './sources.ts';

/** In the order that insmod needs. */
const INITRD_MODULES = [
  'virtio_ring',
  'virtio',
  'virtio_pci_legacy_dev',
  'virtio_pci_modern_dev',
  'virtio_pci',
  'virtio_blk',
];
/** Left out of the machines: half of all modules, and nothing that a fault needs. */
const UNUSED_MODULES = [
  ...[
    'drivers/gpu',
    'drivers/infiniband',
    'drivers/media',
    'drivers/scsi',
    'drivers/hv',
    'drivers/xen',
    'drivers/nvme',
  ],
  ...['drivers/usb', 'drivers/md', 'drivers/net/ethernet', 'sound'],
  ...['ceph', 'nfs', 'nfsd', 'cifs', 'smb', 'btrfs', 'xfs', 'f2fs', 'ocfs2', 'gfs2', 'jfs'].map((name) => `fs/${name}`),
];

/** Folder with vmlinuz, initrd, rootfs.ext4, the key pair `id` and hostkeys/: one for both machines. Built at first use. */
export function ensureImage(progress: Progress): Promise<string> {
  const made = ['packages.txt', 'setup.sh', 'lab-init', 'initrd-init'].map((name) =>
    readFileSync(join(machineFolder(), name)),
  );
  const sources = ['image.ts', 'rootfs.ts'].map((name) => sourceOf(name));
  const madeOf = [process.version, process.arch, SUITE, ...sources, ...made];
  return ensureEntry({ kind: 'machine', madeOf, build: (dir) => buildImage(dir, progress) }, progress);
}

async function buildImage(dir: string, progress: Progress): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new LabError(
      'the lab is not built yet, and its root file system is made by root: run `0k-chaos lab up` as root. The lab is then of root too.',
      2,
    );
  if (process.arch !== 'x64')
    throw new LabError(`the lab's machines are amd64 and run this machine's Node, which is ${process.arch}`, 2);
  const started = Date.now();
  progress("building the machine (once; kernel and packages come from this machine's Debian mirror)");
  await makeKeys(dir);
  makeLabFolder(dir, dir, ['lab-init']);
  const [version] = await Promise.all([fetchKernel(dir), makeRoot(dir, aMachine())]);
  progress(`  packages and kernel ${version}: ${seconds(started)}`);
  await addModules(dir, version);
  cpSync(realpathSync(process.execPath), join(dir, 'root/usr/local/bin/node'));
  await makeInitrd(dir, version);
  await makeDisk(dir);
  for (const scaffold of ['root', 'kernel', 'initrd.d', 'lab', 'tmp'])
    rmSync(join(dir, scaffold), { recursive: true, force: true });
  progress(`  machine built: ${seconds(started)}`);
}

export function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

function aMachine(): Root {
  const hooks = ['copy-in lab /', 'chroot "$1" sh /lab/setup.sh'];
  return { format: 'directory', target: 'root', packages: machinePackages(), hooks };
}

/** Unpacks the newest kernel of the suite for clouds (small, with netem) without installing it here. Answers its version. */
async function fetchKernel(dir: string): Promise<string> {
  const meta = ['apt-cache', 'depends', 'linux-image-cloud-amd64'];
  let found = kernelPackage((await run(meta)).stdout);
  if (!found) {
    await must(['apt-get', '-qq', 'update'], { timeoutMs: 180_000 });
    found = kernelPackage(await must(meta));
  }
  if (!found) throw new LabError('apt knows no `linux-image-cloud-amd64`: are there Debian sources in /etc/apt?');
  const unpacked = join(dir, 'kernel');
  mkdirSync(unpacked);
  await must(['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', found], {
    cwd: unpacked,
    timeoutMs: 180_000,
  });
  const archive = readdirSync(unpacked).find((name) => name.endsWith('.deb')) ?? '';
  await must(['dpkg', '-x', join(unpacked, archive), unpacked]);
  const version = found.replace('linux-image-', '');
  cpSync(join(unpacked, 'boot', `vmlinuz-${version}`), join(dir, 'vmlinuz'));
  return version;
}

function kernelPackage(depends: string): string | undefined {
  return /Depends: (linux-image-\d\S+)/.exec(depends)?.[1];
}

async function addModules(dir: string, version: string): Promise<void> {
  const modules = join(dir, 'root/lib/modules');
  mkdirSync(modules, { recursive: true });
  cpSync(join(dir, 'kernel/lib/modules', version), join(modules, version), { recursive: true });
  for (const unused of UNUSED_MODULES)
    rmSync(join(modules, version, 'kernel', unused), { recursive: true, force: true });
  await must(['chroot', join(dir, 'root'), 'depmod', version]);
}

async function makeInitrd(dir: string, version: string): Promise<void> {
  const root = join(dir, 'initrd.d');
  for (const folder of ['bin', 'dev', 'proc', 'sys', 'new', 'modules'])
    mkdirSync(join(root, folder), { recursive: true });
  cpSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const [index, name] of INITRD_MODULES.entries()) {
    const driver = name === 'virtio_blk' ? 'block' : 'virtio';
    const module = join(dir, 'kernel/lib/modules', version, 'kernel/drivers', driver, `${name}.ko`);
    cpSync(module, join(root, 'modules', `${index}-${name}.ko`));
  }
  cpSync(join(machineFolder(), 'initrd-init'), join(root, 'init'));
  chmodSync(join(root, 'init'), 0o755);
  writeFileSync(join(dir, 'initrd'), '');
  await must(['sh', '-c', 'find . | cpio -o -H newc -R 0:0 --quiet | gzip -1 > ../initrd'], { cwd: root });
}

async function makeDisk(dir: string): Promise<void> {
  cpSync('/bin/busybox', join(dir, 'root/usr/local/bin/busybox'));
  const disk = join(dir, 'rootfs.ext4');
  await must(['truncate', '-s', '4G', disk]);
  await must(
    ['mke2fs', '-q', '-t', 'ext4', '-O', '^has_journal', '-E', 'lazy_itable_init=1', '-d', join(dir, 'root'), disk],
    { timeoutMs: 300_000 },
  );
}
