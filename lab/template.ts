import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Platform } from './accelerator.ts';
import { ensureEntry, type Progress } from './cache.ts';
import { must } from './command.ts';
import { COMPOSE_FILE, containerRequests } from './compose.ts';
import { sshTarget, writeSshFiles } from './fleet-file.ts';
import { relaysHealthy } from './health.ts';
import { seconds } from './image.ts';
import { machineFolder } from './paths.ts';
import { choosePorts, type LabPorts } from './ports.ts';
import { MACHINE_NAMES, saveVm, startVm, stopVm, type MachineName, type Vm } from './qemu.ts';
import { mustAsRoot, onceReachable } from './ssh.ts';
import { buildStandins } from './standins/build.ts';

/** Emulated, a machine needs 30 s to its first answer; a busy one more. */
const BOOT_MS = 180_000;
const SCRIPT_MS = 180_000;

/** Folder with RAM, state and disk of both machines, three healthy relays in them, and standins/. Built when any part is new. */
export async function ensureTemplate(image: string, platform: Platform, progress: Progress): Promise<string> {
  const standins = mkdtempSync(join(tmpdir(), '0k-chaos-standins-'));
  try {
    await buildStandins(standins);
    const bundles = readdirSync(standins)
      .toSorted()
      .flatMap((name) => [name, readFileSync(join(standins, name))]);
    const sources = ['template.ts', 'qemu.ts', 'compose.ts'].map((name) => sourceOf(name));
    const scripts = ['beast.sh', 'warm.sh', 'docker-compose.distributed.yml'].map((name) => script(name));
    const madeOf = [image, platform.qemu, platform.accelerator, ...sources, ...scripts, ...bundles];
    const build = (dir: string): Promise<void> => buildTemplate({ dir, image, standins, platform, progress });
    return await ensureEntry({ kind: 'template', madeOf, build }, progress);
  } finally {
    rmSync(standins, { recursive: true, force: true });
  }
}

function script(name: string): string {
  return readFileSync(join(machineFolder(), name), 'utf8');
}

/** Our own source, compiled or not. */
function sourceOf(name: string): string {
  const extension = import.meta.filename.slice(import.meta.filename.lastIndexOf('.'));
  return readFileSync(join(import.meta.dirname, name.replace('.ts', extension)), 'utf8');
}

interface Making {
  dir: string;
  image: string;
  standins: string;
  platform: Platform;
  progress: Progress;
}

async function buildTemplate(making: Making): Promise<void> {
  const { dir, image, platform, progress } = making;
  const started = Date.now();
  const ports = await choosePorts(null);
  progress(`making the template: both machines boot once (${platform.accelerator.toUpperCase()}, ${platform.why})`);
  writeSshFiles(dir, image, ports);
  cpSync(making.standins, join(dir, 'standins'), { recursive: true });
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
    await Promise.all(vms.map((vm) => boot(vm)));
    progress(`  both answer ssh: ${seconds(started)}`);
    await Promise.all([equipBeast(dir, ports), equipGuardian(dir, ports)]);
    progress(`  three healthy relays: ${seconds(started)}`);
    await Promise.all(
      vms.map((vm) => mustAsRoot(sshTarget(vm, vm.machine), script('warm.sh'), { timeoutMs: SCRIPT_MS })),
    );
    await Promise.all(vms.map((vm) => saveVm(vm)));
  } finally {
    await Promise.all(vms.map((vm) => stopVm(vm)));
  }
  for (const name of ['id', 'known_hosts']) rmSync(join(dir, name));
  progress(`  template saved: ${seconds(started)}`);
}

async function boot(vm: Vm): Promise<void> {
  const disk = join(vm.template, `${vm.machine}.qcow2`);
  await must(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', join(vm.image, 'rootfs.ext4'), '-F', 'raw', disk]);
  await startVm(vm, 'make');
  await onceReachable({ dir: vm.dir, target: sshTarget(vm, vm.machine) }, 'true', BOOT_MS);
}

async function putStandins(dir: string, ports: LabPorts, machine: MachineName): Promise<void> {
  const archive = join(dir, `${machine}.tar`);
  await must(['tar', '-C', join(dir, 'standins'), '-cf', archive, '.']);
  const install = 'mkdir -p /opt/lab/bin && tar -xf - --no-same-owner -C /opt/lab && chmod 755 /opt/lab';
  const commandLine = `printf '#!/bin/sh\\nexec node /opt/lab/sync-cli.cjs "$@"\\n' >/opt/lab/bin/sync-cli && chmod 755 /opt/lab/bin/sync-cli`;
  await mustAsRoot(sshTarget({ dir, ports }, machine), `${install} && ${commandLine}`, {
    stdin: readFileSync(archive),
  });
  rmSync(archive);
}

async function equipBeast(dir: string, ports: LabPorts): Promise<void> {
  await putStandins(dir, ports, 'beast');
  const beast = sshTarget({ dir, ports }, 'beast');
  const compose = script('docker-compose.distributed.yml');
  const folder = COMPOSE_FILE.slice(0, COMPOSE_FILE.lastIndexOf('/'));
  await mustAsRoot(beast, `runuser -u jimmyb -- sh -c 'mkdir -p ${folder} && cat >${COMPOSE_FILE}'`, {
    stdin: compose,
  });
  const requests = containerRequests(compose).map(({ name, body }) => `${name} ${JSON.stringify(body)}\n`);
  await mustAsRoot(beast, `cat >/root/beast.sh`, { stdin: script('beast.sh') });
  await mustAsRoot(beast, 'sh /root/beast.sh', { stdin: requests.join(''), timeoutMs: SCRIPT_MS });
  await relaysHealthy(ports.http, SCRIPT_MS);
}

async function equipGuardian(dir: string, ports: LabPorts): Promise<void> {
  await putStandins(dir, ports, 'guardian');
  const install =
    'install -m 755 /opt/lab/bin/sync-cli /tmp/sync-cli-arm; systemctl is-system-running --wait >/dev/null || true';
  await mustAsRoot(sshTarget({ dir, ports }, 'guardian'), install, { timeoutMs: SCRIPT_MS });
}
