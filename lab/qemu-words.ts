import { join } from 'node:path';
import type { Accelerator } from './accelerator.ts';
import type { LabPorts } from './ports.ts';
import { monitorPath } from './qmp.ts';

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
 * How a machine starts. `boot`: from its disk. `resume`: from the saved state, and writes on in its RAM and disk. `restore`: the same
 * on a private copy of both, as every lab does.
 */
export type VmMode = 'boot' | 'resume' | 'restore';

/**
 * `memory`, and `translated`, the code that TCG keeps translated, in MB, bound what QEMU takes: 1.5 GB in all. `number` is the last of
 * 10.77.0.N.
 */
const SHAPES = {
  beast: { memory: 704, translated: 288, number: 10, peer: 'guardian', kernelWords: ' lab.docker=1' },
  guardian: { memory: 256, translated: 112, number: 20, peer: 'beast', kernelWords: '' },
} as const;

/** What TCG gains by `norandmaps`: Docker's steps take half the time, as code at the same address is not translated again. */
const KERNEL_WORDS =
  'console=ttyS0 root=/dev/vda rw mitigations=off nokaslr norandmaps fsck.mode=skip apparmor=0 audit=0 tsc=reliable quiet net.ifnames=0 panic=-1';

/** The command line. A saved state only fits the machine that it was saved from: nothing but files and ports may differ. */
export function qemuWords(vm: Vm, mode: VmMode): string[] {
  const { machine, image, dir } = vm;
  const { memory, translated, number, kernelWords } = SHAPES[machine];
  return [
    ...`qemu-system-x86_64 -name ${machine} -M q35,memory-backend=ram -smp 2 -m ${memory}`.split(' '),
    ...'-nodefaults -no-user-config -display none -daemonize -device virtio-rng-pci'.split(' '),
    ...acceleratorWords(vm.accelerator, translated),
    ...['-pidfile', pidFile({ machine, dir })],
    ...['-kernel', join(image, 'vmlinuz'), '-initrd', join(image, 'initrd')],
    ...['-append', `${KERNEL_WORDS} lab.name=${machine} lab.ip=10.77.0.${number}/24${kernelWords}`],
    ...storageWords(vm, mode),
    ...networkWords(vm),
    ...['-chardev', `file,id=console,path=${escaped(join(dir, `${machine}.log`))}`, '-serial', 'chardev:console'],
    ...['-chardev', `socket,id=monitor,path=${escaped(monitorPath(dir, machine))},server=on,wait=off`],
    ...['-mon', 'chardev=monitor,mode=control'],
    ...(mode === 'boot' ? [] : ['-incoming', 'defer']),
  ];
}

function acceleratorWords(accelerator: Accelerator, translated: number): string[] {
  if (accelerator === 'kvm') return ['-accel', 'kvm', '-cpu', 'host'];
  return ['-accel', `tcg,thread=multi,tb-size=${translated}`, '-cpu', 'max'];
}

function storageWords({ machine, template }: Vm, mode: VmMode): string[] {
  const ram = `size=${SHAPES[machine].memory}M,mem-path=${escaped(join(template, `${machine}.ram`))}`;
  const share = mode === 'restore' ? 'off' : 'on';
  const disk = `file=${escaped(join(template, `${machine}.qcow2`))},format=qcow2,if=none,cache=unsafe`;
  const snapshot = mode === 'restore' ? 'on' : 'off';
  return [
    ...['-object', `memory-backend-file,id=ram,${ram},share=${share}`],
    ...['-drive', `id=disk,${disk},snapshot=${snapshot}`, '-device', 'virtio-blk-pci,drive=disk'],
  ];
}

/** eth0 leads to this machine, eth1 to the other machine of the lab. */
function networkWords(vm: Vm): string[] {
  const { number, peer } = SHAPES[vm.machine];
  const { [vm.machine]: mine, [peer]: theirs } = vm.ports.link;
  const end = (side: string, port: number): string => `${side}.type=inet,${side}.host=127.0.0.1,${side}.port=${port}`;
  const card = (net: string, mac: string): string[] => [
    '-device',
    `virtio-net-pci,netdev=${net},mac=${mac}:${number},romfile=`,
  ];
  return [
    ...['-netdev', `user,id=q,ipv6=off${forwards(vm)}`, ...card('q', '52:54:00:77:00')],
    // UDP over loopback: over unix sockets a sender spins when its peer is stopped.
    ...['-netdev', `dgram,id=cable,${end('local', mine)},${end('remote', theirs)}`, ...card('cable', '52:54:00:77:01')],
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

export function pidFile({ machine, dir }: Pick<Vm, 'machine' | 'dir'>): string {
  return join(dir, `${machine}.pid`);
}
