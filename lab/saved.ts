import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from './accelerator.ts';
import { ensureEntry, type Progress } from './cache.ts';
import { must } from './command.ts';
import { sshTarget, writeSshFiles } from './fleet-file.ts';
import { choosePorts } from './ports.ts';
import { MACHINE_NAMES, type Vm } from './qemu-words.ts';
import { saveVm, startVm, stopVm } from './qemu.ts';
import { onceAwake } from './vm-awake.ts';
import { mustAsRoot, SCRIPT_MS } from './ssh.ts';
import { seconds } from './image.ts';
import { machineScript, sourceOf } from './sources.ts';

/** Emulated, a machine boots in 30 s and is equipped in 60; on a busy machine it takes many times that. */
const BOOT_MS = 300_000;

/** Rarely an emulated machine hangs in its boot, with nothing on its console. Waiting longer helps nobody; another boot does. */
const FIRST_TRY_MS = 150_000;

/** Saved machines: folder `dir` is to hold RAM, disk and state of both, which stand on the files of `image`. */
export interface Saving {
  dir: string;
  image: string;
  platform: Platform;
  progress: Progress;
}

/** Runs both machines, freshly booted or from those saved in `from`, lets `equip` work on them, and saves them in `dir`. */
export async function saveMachines(
  saving: Saving,
  from: string | null,
  equip: (vms: Vm[]) => Promise<void>,
): Promise<void> {
  const { dir, image, platform, progress } = saving;
  const ports = await choosePorts(null);
  writeSshFiles(dir, image, ports);
  writeFileSync(join(dir, 'machine'), image);
  const vms = MACHINE_NAMES.map((machine): Vm => ({
    machine,
    image,
    template: dir,
    dir,
    ports,
    accelerator: platform.accelerator,
  }));
  try {
    await Promise.all(vms.map((vm) => (from === null ? boot(vm, progress) : resume(vm, from))));
    await equip(vms);
    await Promise.all(vms.map((vm) => saveVm(vm)));
  } finally {
    await Promise.all(vms.map((vm) => stopVm(vm)));
  }
  for (const name of ['id', 'known_hosts']) rmSync(join(dir, name));
}

async function boot(vm: Vm, progress: Progress): Promise<void> {
  try {
    await bootOnce(vm, FIRST_TRY_MS);
  } catch (error) {
    progress(`  ${(error as Error).message}: it is booted once more`);
    await stopVm(vm);
    await bootOnce(vm, BOOT_MS);
  }
}

async function bootOnce(vm: Vm, deadlineMs: number): Promise<void> {
  const disk = join(vm.dir, `${vm.machine}.qcow2`);
  await must(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', join(vm.image, 'rootfs.ext4'), '-F', 'raw', disk]);
  await startVm(vm, 'boot');
  await onceAwake(vm, 'true', deadlineMs);
}

async function resume(vm: Vm, from: string): Promise<void> {
  const file = (kind: string): string => `${vm.machine}.${kind}`;
  await must(['cp', '--sparse=always', join(from, file('ram')), join(vm.dir, file('ram'))]);
  for (const kind of ['qcow2', 'state']) copyFileSync(join(from, file(kind)), join(vm.dir, file(kind)));
  await startVm(vm, 'resume');
  await onceAwake(vm, `date -s @${Date.now() / 1000}`, BOOT_MS);
}

/** Both machines after their boot, with nothing of 0k-sync in them yet: the slow half of a template, made once per image. */
export function ensureBooted(image: string, platform: Platform, progress: Progress): Promise<string> {
  const sources = ['saved.ts', 'qemu.ts', 'qemu-words.ts'].map((name) => sourceOf(name));
  const madeOf = [image, platform.qemu, platform.accelerator, ...sources, machineScript('engine.sh')];
  const build = async (dir: string): Promise<void> => {
    const started = Date.now();
    progress(`booting both machines once (${platform.accelerator.toUpperCase()}, ${platform.why})`);
    await saveMachines({ dir, image, platform, progress }, null, async (vms) => {
      progress(`  both answer ssh: ${seconds(started)}`);
      await Promise.all(vms.map((vm) => settle(vm)));
    });
    progress(`  booted and saved: ${seconds(started)}`);
  };
  return ensureEntry({ kind: 'booted', madeOf, build }, progress);
}

async function settle(vm: Vm): Promise<void> {
  const rest = 'systemctl is-system-running --wait >/dev/null || true';
  const script = vm.machine === 'beast' ? `${machineScript('engine.sh')}\n${rest}` : rest;
  await mustAsRoot(sshTarget(vm, vm.machine), script, { timeoutMs: SCRIPT_MS });
}
