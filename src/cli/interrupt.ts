import { setTimeout as pause } from 'node:timers/promises';
import { EXIT } from '../report/exit-code.ts';
import { say } from './output.ts';

const RETRY_MS = 1_000;

/**
 * The first Ctrl-C (or SIGTERM) asks the run to stop, again and again while the server is away; it then heals. The second
 * one settles what is returned: whoever typed it does not want to wait.
 */
export function onInterrupt(stop: () => Promise<unknown>, workflowId: string): Promise<void> {
  return new Promise((leave) => {
    let interrupts = 0;
    const interrupted = () => {
      interrupts += 1;
      if (interrupts > 1) return leave();
      say(`stopping ${workflowId}: it heals what it broke first (Ctrl-C again leaves it to itself)`);
      void insist(stop);
    };
    process.on('SIGINT', interrupted);
    process.on('SIGTERM', interrupted);
  });
}

/** The first Ctrl-C (or SIGTERM) raises the signal; the second one ends the process at once. */
export function interruptible(saying: string): AbortSignal {
  const controller = new AbortController();
  const interrupted = () => {
    if (controller.signal.aborted) process.exit(EXIT.aborted);
    say(saying);
    controller.abort();
  };
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  return controller.signal;
}

async function insist(stop: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      return void (await stop());
    } catch {
      await pause(RETRY_MS);
    }
  }
}
