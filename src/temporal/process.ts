import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A process for good: its number and when it was started, as a number is used again some day. */
export interface ProcessId {
  pid: number;
  started: string;
}

/** Undefined: no such process, or one that only waits for its parent to notice its end. */
export function identify(pid: number): ProcessId | undefined {
  const started = process.platform === 'linux' ? startedOnLinux(pid) : startedByPs(pid);
  return started === undefined ? undefined : { pid, started };
}

export const isAlive = (id: ProcessId): boolean => identify(id.pid)?.started === id.started;

/** Asks with SIGTERM, insists with SIGKILL after `patienceMs`. Touches nothing that took over the number. */
export async function end(id: ProcessId, patienceMs: number): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!isAlive(id)) {
      return;
    }
    process.kill(id.pid, signal);
    const deadline = Date.now() + patienceMs;
    while (isAlive(id) && Date.now() < deadline) {
      await pause(50);
    }
  }
  if (isAlive(id)) {
    throw new Error(`process ${id.pid} outlived SIGKILL; see \`ps -o pid,stat,wchan,args -p ${id.pid}\``);
  }
}

/** Fields 3 and 22 of proc_pid_stat(5): state, and start in clock ticks since boot; the name before them may hold anything. */
function startedOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ended = fields[0] === 'Z' || fields[0] === 'X';
    return ended ? undefined : `${bootId()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

function startedByPs(pid: number): string | undefined {
  try {
    const words = ['-o', 'stat=,lstart=', '-p', String(pid)];
    const [stat = '', ...started] = execFileSync('ps', words, { encoding: 'utf8' }).trim().split(/\s+/);
    return stat.startsWith('Z') || started.length === 0 ? undefined : started.join(' ');
  } catch {
    return undefined;
  }
}
