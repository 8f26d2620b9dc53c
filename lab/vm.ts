import { findPlatform } from './accelerator.ts';
import { discoveryPid, startDiscovery, stopDiscovery, writeDiscoveryConfig } from './discovery.ts';
import { wake } from './environment.ts';
import { LabError } from './error.ts';
import { ensureImage } from './image.ts';
import type { Machines } from './machines.ts';
import { MACHINE_NAMES, type MachineName, type Vm } from './qemu-words.ts';
import { memoryOf, pidOf, startVm, stopVm } from './qemu.ts';
import type { LabRecord } from './record.ts';
import { ensureTemplate } from './template.ts';

/** The cable between the machines, and where QEMU's user network shows them this machine. */
const ADDRESSES: LabRecord['addresses'] = { beast: '10.77.0.10', guardian: '10.77.0.20', q: ['10.0.2.2'] };

/** Two QEMU machines, restored from RAM and disk that were saved when everything in them was ready. */
export const virtualMachines: Machines = {
  async prepare(_dir, progress) {
    const image = await ensureImage(progress);
    const platform = await findPlatform(image);
    const template = await ensureTemplate(image, platform, progress);
    const why = `virtual machines by ${platform.accelerator.toUpperCase()} (${platform.why})`;
    return { kind: 'vm', why, image, template, addresses: ADDRESSES, accelerator: platform.accelerator };
  },

  async up(record) {
    await Promise.all([
      startDiscovery(record),
      ...MACHINE_NAMES.map((machine) => virtualMachines.powerOn(record, machine)),
    ]);
  },

  async down({ dir }) {
    await Promise.all([...MACHINE_NAMES.map((machine) => stopVm({ machine, dir })), stopDiscovery(dir)]);
  },

  async powerCut({ dir }, machine) {
    await stopVm({ machine, dir });
  },

  async powerOn(record, machine) {
    if (pidOf({ machine, dir: record.dir }) !== null) return;
    await startVm(vmOf(record, machine), 'restore');
    await wake(record, machine);
  },

  async state({ dir }) {
    return MACHINE_NAMES.map((machine) => ({
      machine,
      pid: pidOf({ machine, dir }),
      residentBytes: memoryOf({ machine, dir }),
    }));
  },

  async discoveryPid({ dir }) {
    return discoveryPid(dir);
  },

  async tellDiscovery(record) {
    writeDiscoveryConfig(record);
  },
};

function vmOf(record: LabRecord, machine: MachineName): Vm {
  const { accelerator } = record;
  if (accelerator === undefined) throw new LabError(`the lab \`${record.name}\` is not of virtual machines`);
  return { ...record, accelerator, machine };
}
