import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Accelerator } from './accelerator.ts';
import type { LabPorts } from './ports.ts';
import { quote } from '../src/hosts/quote.ts';
import { must } from './command.ts';
import { LabError } from './error.ts';
import { killAndWait, livePid, residentBytes } from './process.ts';
import { Monitor, monitorPath } from './qmp.ts';

export type MachineName = 'beast' | 'guardian';
export const MACHINE_NAMES: MachineName[] = ['beast', 'guardian'];

/** One machine as QEMU runs it. */
export interface Vm {
  machine: MachineName;
  /** Folder of kernel, initrd and root file system. */
  image: string;
  /** Folder of RAM and disk: written while a template is made, only read afterwards. */
  template: string;
  /** Folder of pid file, monitor and console log. */
  dir: string;
  ports: LabPorts;
  accelerator: Accelerator;
}

/**
 * Memory in MB; `translated` is how much code TCG keeps translated, in MB, and with memory bounds what QEMU takes. The last
 * number of 10.77.0.N tells the machines apart.
 */
const SHAPES = {
  beast: { memory: 704, translated: 288, number: 10, peer: 'guardian', kernelWords: ' lab.docker=1' },
  guardian: { memory: 256, translated: 112, number: 20, peer: 'beast', kernelWords: '' },
} as const;

/** What TCG gains by `norandmaps`: Docker's steps take half the time, as code at the same address is not translated again. */
const KERNEL_WORDS =
  'console=ttyS0 root=/dev/vda rw mitigations=off nokaslr norandmaps fsck.mode=skip apparmor=0 audit=0 tsc=reliable quiet net.ifnames=0 panic=-1';

export function acceleratorWords(accelerator: Accelerator, translated: number): string[] {
  if (accelerator === 'kvm') return ['-accel', 'kvm', '-cpu', 'host'];
  return ['-accel', `tcg,thread=multi,tb-size=${translated}`, '-cpu', 'max'];
}

/**
 * How a machine starts. `boot`: from its disk. `resume`: from the saved state, and writes on in its RAM and disk. `restore`: the same
 * on a private copy of both, as every lab does.
 */
export type VmMode = 'boot' | 'resume' | 'restore';

export function qemuWords(vm: Vm, mode: VmMode): string[] {
  const { machine, image, template, dir, ports } = vm;
  const shape = SHAPES[machine];
  const share = mode === 'restore' ? 'off' : 'on';
  const link = `local.type=inet,local.host=127.0.0.1,local.port=${ports.link[machine]},remote.type=inet,remote.host=127.0.0.1,remote.port=${ports.link[shape.peer]}`;
  return [
    ...[
      'qemu-system-x86_64',
      '-name',
      machine,
      '-M',
      'q35,memory-backend=ram',
      '-smp',
      '2',
      '-m',
      String(shape.memory),
    ],
    ...acceleratorWords(vm.accelerator, shape.translated),
    ...[
      '-object',
      `memory-backend-file,id=ram,size=${shape.memory}M,mem-path=${escaped(join(template, `${machine}.ram`))},share=${share}`,
    ],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-daemonize', '-pidfile', pidFile(vm)],
    ...['-kernel', join(image, 'vmlinuz'), '-initrd', join(image, 'initrd')],
    ...['-append', `${KERNEL_WORDS} lab.name=${machine} lab.ip=10.77.0.${shape.number}/24${shape.kernelWords}`],
    ...[
      '-drive',
      `file=${escaped(join(template, `${machine}.qcow2`))},format=qcow2,if=none,id=d0,cache=unsafe${mode === 'restore' ? ',snapshot=on' : ''}`,
    ],
    ...['-device', 'virtio-blk-pci,drive=d0'],
    ...['-netdev', `user,id=n0,ipv6=off${forwards(vm)}`],
    ...['-device', `virtio-net-pci,netdev=n0,mac=52:54:00:77:00:${shape.number},romfile=`],
    // UDP over loopback: over unix sockets a sender spins when its peer is stopped.
    ...['-netdev', `dgram,id=n1,${link}`],
    ...['-device', `virtio-net-pci,netdev=n1,mac=52:54:00:77:01:${shape.number},romfile=`],
    ...['-device', 'virtio-rng-pci'],
    ...['-chardev', `file,id=c0,path=${escaped(join(dir, `${machine}.log`))}`, '-serial', 'chardev:c0'],
    ...[
      '-chardev',
      `socket,id=m0,path=${escaped(monitorPath(dir, machine))},server=on,wait=off`,
      '-mon',
      'chardev=m0,mode=control',
    ],
    ...(mode === 'boot' ? [] : ['-incoming', 'defer']),
  ];
}

/** Ports of 127.0.0.1 that lead into the machine. They are no part of a saved machine, so every lab has its own. */
function forwards({ machine, ports }: Vm): string {
  const ssh = `,hostfwd=tcp:127.0.0.1:${ports.ssh[machine]}-:22`;
  if (machine !== 'beast') return ssh;
  const http = ports.http.map((port, index) => `,hostfwd=tcp:127.0.0.1:${port}-:${8090 + index}`);
  const data = ports.udp.map((port, index) => `,hostfwd=udp:127.0.0.1:${port}-:${8190 + index}`);
  return [ssh, ...http, ...data].join('');
}

/** In QEMU's option lists a comma within a value is doubled. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}

export async function startVm(vm: Vm, mode: VmMode): Promise<void> {
  rmSync(monitorPath(vm.dir, vm.machine), { force: true });
  await must(qemuWords(vm, mode), { timeoutMs: 30_000 });
  if (mode === 'boot') return;
  const monitor = await Monitor.open(monitorPath(vm.dir, vm.machine));
  try {
    await ignoreShared(monitor);
    await monitor.execute('migrate-incoming', { uri: `exec:cat ${quote(join(vm.template, `${vm.machine}.state`))}` });
    await monitor.until('query-status', 'running');
  } finally {
    monitor.close();
  }
}

/** Writes what is not RAM (devices, registers) beside the RAM file, and ends the machine. */
export async function saveVm(vm: Vm): Promise<void> {
  const monitor = await Monitor.open(monitorPath(vm.dir, vm.machine));
  try {
    await ignoreShared(monitor);
    await monitor.execute('migrate', { uri: `exec:cat > ${quote(join(vm.template, `${vm.machine}.state`))}` });
    await monitor.until('query-migrate', 'completed');
  } finally {
    monitor.close();
  }
  await stopVm(vm);
  const ram = join(vm.template, `${vm.machine}.ram`);
  await must(['fallocate', '--dig-holes', ram]);
}

/** RAM stays in its file; without this it would be written, and read again, as part of the state. */
async function ignoreShared(monitor: Monitor): Promise<void> {
  await monitor.execute('migrate-set-capabilities', { capabilities: [{ capability: 'x-ignore-shared', state: true }] });
}

type Running = Pick<Vm, 'machine' | 'dir'>;

export function pidFile({ machine, dir }: Running): string {
  return join(dir, `${machine}.pid`);
}

/** The machine's QEMU, or null: its pid file is one of its own words, so no other process is taken for it. */
export function pidOf(vm: Running): number | null {
  return livePid(pidFile(vm), pidFile(vm));
}

export function memoryOf(vm: Running): number {
  const pid = pidOf(vm);
  return pid === null ? 0 : residentBytes(pid);
}

/** As if the plug was pulled. */
export async function stopVm(vm: Running): Promise<void> {
  const pid = pidOf(vm);
  if (pid !== null) await killAndWait(pid, pidFile(vm));
  rmSync(pidFile(vm), { force: true });
  rmSync(monitorPath(vm.dir, vm.machine), { force: true });
}

/** The end of what the machine printed on its console, for an error message. */
export function consoleOf({ machine, dir }: Running): string {
  try {
    return readFileSync(join(dir, `${machine}.log`), 'utf8')
      .slice(-600)
      .trim();
  } catch {
    return '';
  }
}

export function assertAlive(vm: Running): void {
  if (pidOf(vm) !== null) return;
  throw new LabError(`the machine \`${vm.machine}\` has died. Its console said: ${consoleOf(vm) || 'nothing'}`);
}
