import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RelayProcess } from './small-lab.ts';

/** The texts of the rows of a pull. */
export function rows(stdout: string): string[] {
  return [...stdout.matchAll(/^ {2}\[\d+\] (.*)$/gm)].map(([, text]) => text ?? '');
}

export async function until(isSo: () => boolean | Promise<boolean>, otherwise: () => string, ms = 8000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(otherwise());
    await sleep(10);
  }
}

export async function health(relay: RelayProcess): Promise<Record<string, unknown>> {
  return (await (await fetch(`${relay.url}/health`)).json()) as Record<string, unknown>;
}

export function databaseFiles(relay: RelayProcess): string[] {
  return ['relay.db', 'relay.db-wal'].map((name) => join(relay.dir, name)).filter((path) => existsSync(path));
}
