import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Platform } from './accelerator.ts';
import { ensureEntry, type Progress } from './cache.ts';
import { must } from './command.ts';
import { sshTarget } from './fleet-file.ts';
import { seconds } from './image.ts';
import type { Vm } from './qemu-words.ts';
import { startRelays } from './relays.ts';
import { ensureBooted, saveMachines, type Saving } from './saved.ts';
import { machineScript, sourceOf } from './sources.ts';
import { mustAsRoot, SCRIPT_MS } from './ssh.ts';
import { buildStandins } from './standins/build.ts';

/** Folder with RAM, state and disk of both machines, three healthy relays in them, and standins/. Built when any part is new. */
export async function ensureTemplate(image: string, platform: Platform, progress: Progress): Promise<string> {
  const standins = mkdtempSync(join(tmpdir(), '0k-chaos-standins-'));
  try {
    await buildStandins(standins);
    const names = readdirSync(standins).toSorted();
    const bundles = names.flatMap((name) => [name, readFileSync(join(standins, name))]);
    const sources = ['template.ts', 'saved.ts', 'qemu.ts', 'qemu-words.ts', 'relays.ts', 'compose.ts'].map((name) =>
      sourceOf(name),
    );
    const scripts = ['engine.sh', 'beast.sh', 'warm.sh', 'docker-compose.distributed.yml'].map((name) =>
      machineScript(name),
    );
    const madeOf = [image, platform.qemu, platform.accelerator, ...sources, ...scripts, ...bundles];
    const from = (): Promise<string> => ensureBooted(image, platform, progress);
    const build = (dir: string, booted: string): Promise<void> =>
      buildTemplate({ dir, image, platform, progress }, { booted, standins });
    return await ensureEntry({ kind: 'template', madeOf, from, build }, progress);
  } finally {
    rmSync(standins, { recursive: true, force: true });
  }
}

async function buildTemplate(saving: Saving, parts: { booted: string; standins: string }): Promise<void> {
  const { progress } = saving;
  const started = Date.now();
  progress('making the template: the stand-ins go into the booted machines');
  cpSync(parts.standins, join(saving.dir, 'standins'), { recursive: true });
  await saveMachines(saving, parts.booted, async (vms) => {
    await Promise.all(vms.map((vm) => equip(vm)));
    progress(`  three healthy relays: ${seconds(started)}`);
    const warm = (vm: Vm): Promise<string> =>
      mustAsRoot(sshTarget(vm, vm.machine), machineScript('warm.sh'), { timeoutMs: SCRIPT_MS });
    await Promise.all(vms.map((vm) => warm(vm)));
  });
  progress(`  template saved: ${seconds(started)}`);
}

async function equip(vm: Vm): Promise<void> {
  await putStandins(vm);
  if (vm.machine === 'beast') await startRelays(vm);
  else await mustAsRoot(sshTarget(vm, 'guardian'), 'install -m 755 /opt/lab/bin/sync-cli /tmp/sync-cli-arm');
}

async function putStandins(vm: Vm): Promise<void> {
  const archive = join(vm.dir, `${vm.machine}.tar`);
  await must(['tar', '-C', join(vm.dir, 'standins'), '-cf', archive, '.']);
  const script = `
    set -eu
    mkdir -p /opt/lab/bin
    tar -xf - --no-same-owner -C /opt/lab
    chmod 755 /opt/lab
    printf '#!/bin/sh\\nexec node /opt/lab/sync-cli.cjs "$@"\\n' >/opt/lab/bin/sync-cli
    chmod 755 /opt/lab/bin/sync-cli`;
  await mustAsRoot(sshTarget(vm, vm.machine), script, { stdin: readFileSync(archive) });
  rmSync(archive);
}
