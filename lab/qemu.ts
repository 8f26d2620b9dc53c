import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quote } from '../src/hosts/quote.ts';
import { must } from './command.ts';
import { LabError } from './error.ts';
import { killAndWait, livePid, residentBytes } from './process.ts';
import { pidFile, qemuWords, type Vm, type VmMode } from './qemu-words.ts';
import { Monitor, monitorPath } from './qmp.ts';

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
