import type { CommandOptions } from './command.ts';
import { sshTarget } from './fleet-file.ts';
import type { Vm } from './qemu-words.ts';
import { assertAlive, consoleOf } from './qemu.ts';
import { onceReachable } from './ssh.ts';

/** As `onceReachable`, for a virtual machine: gives up when it dies, and shows its console. */
export function onceAwake(
  vm: Pick<Vm, 'machine' | 'dir' | 'ports'>,
  script: string,
  deadlineMs: number,
  options: CommandOptions = {},
): Promise<void> {
  const watch = { assertAlive: () => assertAlive(vm), console: () => consoleOf(vm), deadlineMs };
  return onceReachable(sshTarget(vm, vm.machine), script, watch, options);
}
