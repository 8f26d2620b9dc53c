import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The processes of this machine and their words. A process that ends meanwhile is left out; without /proc (macOS) none is seen. */
export function commandLines(): { pid: number; words: string[] }[] {
  if (!existsSync('/proc')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), words: wordsOf(Number(name)) }))
    .filter(({ words }) => words.length > 0);
}

/** Empty: no such process (or a zombie, or a kernel thread). */
export function wordsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .split('\0')
      .filter((word) => word !== '');
  } catch {
    return [];
  }
}

/** The process named in `pidFile`, if it lives and one of its words is `mark`: a pid alone may be somebody else's by now. */
export function livePid(pidFile: string, mark: string): number | null {
  let pid: number;
  try {
    pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  } catch {
    return null;
  }
  return wordsOf(pid).includes(mark) ? pid : null;
}

/** Processes, other than ours, that work in the folder or name a file in it. */
export function processesIn(dir: string): number[] {
  const works = (pid: number, link: 'cwd' | 'root'): boolean => {
    try {
      return `${readlinkSync(`/proc/${pid}/${link}`)}/`.startsWith(`${dir}/`);
    } catch {
      return false; // gone, or not ours to look at
    }
  };
  return commandLines()
    .filter(
      ({ pid, words }) => works(pid, 'cwd') || works(pid, 'root') || words.some((word) => word.includes(`${dir}/`)),
    )
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid);
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself in between.
  }
}

/** Kills the process and comes back when it is gone. */
export async function killAndWait(pid: number, mark: string): Promise<void> {
  kill(pid);
  while (wordsOf(pid).includes(mark)) await sleep(20);
  for (let n = 0; n < 500 && isEnding(pid); n += 1) await sleep(20);
}

/** It has no memory any more, and so no words; its files, ports and locks go after that, with its last thread. */
function isEnding(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const isOver = /^State:\s+[ZX]/m.test(status) && readdirSync(`/proc/${pid}/task`).length <= 1;
    return !isOver && !/^VmSize:/m.test(status);
  } catch {
    return false;
  }
}

/** Resident memory, in bytes; 0 for a process that is gone. */
export function residentBytes(pid: number): number {
  try {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
