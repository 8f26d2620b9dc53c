import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { must, run } from './command.ts';
import { cacheFolder } from './paths.ts';

export type Accelerator = 'kvm' | 'tcg';

/** A machine with working KVM boots to our initrd within a second; one without hangs for ever. */
const TRIAL_MS = 5000;

/** What a saved machine depends on besides our own files: it is restored by the same QEMU, with KVM on the same processor. */
export interface Platform {
  qemu: string;
  accelerator: Accelerator;
  /** Why this accelerator, for people. */
  why: string;
}

export async function findPlatform(image: string): Promise<Platform> {
  const qemu = (await must(['qemu-system-x86_64', '--version'])).split('\n')[0] ?? '';
  if (!canOpen('/dev/kvm')) return { qemu, accelerator: 'tcg', why: 'no usable /dev/kvm' };
  const remembered = join(cacheFolder(), `kvm-${hash(`${qemu} ${release()} ${processor()}`)}`);
  if (!existsSync(remembered)) writeFileSync(remembered, (await kvmBoots(image)) ? 'kvm' : 'tcg');
  if (readFileSync(remembered, 'utf8') === 'kvm')
    return { qemu: `${qemu} ${processor()}`, accelerator: 'kvm', why: 'KVM boots here' };
  return { qemu, accelerator: 'tcg', why: '/dev/kvm is there, but a trial boot with it did not end' };
}

/** The presence of /dev/kvm proves nothing (nested hypervisors): only a boot does. */
async function kvmBoots(image: string): Promise<boolean> {
  const dir = join(cacheFolder(), `trial-${randomBytes(4).toString('hex')}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  try {
    const console = join(dir, 'console');
    const words = [
      '-M',
      'q35',
      '-accel',
      'kvm',
      '-cpu',
      'host',
      '-m',
      '128',
      '-nodefaults',
      '-display',
      'none',
      '-no-reboot',
    ];
    const boot = [
      '-kernel',
      join(image, 'vmlinuz'),
      '-initrd',
      join(image, 'initrd'),
      '-append',
      'console=ttyS0 quiet lab.trial',
    ];
    const output = ['-chardev', `file,id=c0,path=${console}`, '-serial', 'chardev:c0'];
    await run(['qemu-system-x86_64', ...words, ...boot, ...output], { timeoutMs: TRIAL_MS });
    return existsSync(console) && readFileSync(console, 'utf8').includes('lab-trial-ok');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function canOpen(device: string): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function processor(): string {
  return cpus()[0]?.model ?? 'unknown processor';
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
