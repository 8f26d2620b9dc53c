import type { Settings } from '../config.ts';
import { reviveServer } from './server.ts';
import type { Server } from './server.ts';

const INTERVAL_MS = 3000;

/** Starts the embedded server again when it has died, with the same database; leaves every other server alone, and one that a person stopped. */
export function supervise(settings: Settings, server: Server, say: (line: string) => void): { stop(): void } {
  if (!server.owned) return { stop: () => undefined };
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    reviveServer(settings, say)
      .catch((error: unknown) => say(`the embedded Temporal server is down: ${(error as Error).message}`))
      .finally(() => (busy = false));
  }, INTERVAL_MS);
  return { stop: () => clearInterval(timer) };
}
