import { setTimeout as sleep } from 'node:timers/promises';
import { httpGet } from '../src/activities/http.ts';
import { registeredRelays } from './discovery.ts';
import { LabError } from './error.ts';
import type { LabPorts } from './ports.ts';

const HEALTHY_MS = 120_000;

/** Whether the relay behind the port says that it is well. */
export async function isHealthy(port: number): Promise<boolean> {
  const answer = await httpGet(`http://127.0.0.1:${port}/health`, { timeoutMs: 2000 });
  if ('error' in answer || !answer.ok) return false;
  try {
    return (JSON.parse(answer.text) as { status?: string } | null)?.status === 'ok';
  } catch {
    return false;
  }
}

export async function relaysHealthy(ports: number[], deadlineMs: number): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  await Promise.all(
    ports.map(async (port, index) => {
      while (!(await isHealthy(port))) {
        if (Date.now() > deadline) {
          throw new LabError(
            `relay-${index + 1} is not healthy after ${deadlineMs / 1000} s: http://127.0.0.1:${port}/health. See \`docker logs\` on beast.`,
          );
        }
        await sleep(100);
      }
    }),
  );
}

/** Healthy, and known to discovery: a client that starts now finds them. */
export async function relaysReady(ports: LabPorts): Promise<void> {
  await relaysHealthy(ports.http, HEALTHY_MS);
  const deadline = Date.now() + HEALTHY_MS;
  for (;;) {
    const known = await registeredRelays(ports.discovery);
    if (known?.length === ports.http.length) return;
    if (Date.now() > deadline)
      throw new LabError(`the lab's discovery only knows \`${known?.join(' ') ?? ''}\` after ${HEALTHY_MS / 1000} s`);
    await sleep(100);
  }
}
