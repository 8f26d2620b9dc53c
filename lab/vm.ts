import { findPlatform } from './accelerator.ts';
import { wake } from './environment.ts';
import { ensureImage } from './image.ts';
import type { Machines } from './machines.ts';
import { MACHINE_NAMES } from './qemu-words.ts';
import { memoryOf, pidOf, startVm, stopVm } from './qemu.ts';
import { ensureTemplate } from './template.ts';

/** Two QEMU machines, restored from RAM and disk that were saved when everything in them was ready. */
export const virtualMachines: Machines = {
  kind: 'vm',

  async prepare(progress) {
    const image = await ensureImage(progress);
    const platform = await findPlatform(image);
    const template = await ensureTemplate(image, platform, progress);
    const why = `virtual machines by ${platform.accelerator.toUpperCase()} (${platform.why})`;
    return { kind: 'vm', why, image, template, accelerator: platform.accelerator };
  },

  async up(record) {
    await Promise.all(MACHINE_NAMES.map((machine) => virtualMachines.powerOn(record, machine)));
  },

  async down(dir) {
    await Promise.all(MACHINE_NAMES.map((machine) => stopVm({ machine, dir })));
  },

  async powerCut({ dir }, machine) {
    await stopVm({ machine, dir });
  },

  async powerOn(record, machine) {
    if (pidOf({ machine, dir: record.dir }) !== null) return;
    await startVm({ ...record, machine }, 'restore');
    await wake(record, machine);
  },

  state(dir) {
    return MACHINE_NAMES.map((machine) => ({
      machine,
      pid: pidOf({ machine, dir }),
      residentBytes: memoryOf({ machine, dir }),
    }));
  },
};
