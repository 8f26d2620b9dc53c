import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Starts a worker as a process of its own, and waits until it polls. `words`: its program and what that takes. `heard`: told what it says. */
export async function startWorker(
  words: string[],
  fleetFile: string,
  heard: (text: string) => void = () => undefined,
): Promise<ChildProcess> {
  const worker = spawn(process.execPath, ['--import', 'tsx', ...words], {
    env: { ...process.env, ZEROK_CHAOS_FLEET: fleetFile },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  await new Promise<void>((done, fail) => {
    worker.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      heard(chunk.toString());
      if (said.includes('worker: polls')) done();
    });
    worker.once('exit', (code) => fail(new Error(`the worker exited ${code}: ${said}`)));
  });
  return worker;
}

/** Ends a worker, and returns once it is gone. */
export async function endWorker(worker: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = once(worker, 'exit');
  worker.kill(signal);
  await gone;
}
