import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from './error.ts';

/** Whether the relay behind the port says that it is well. */
export async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2000) });
    const { status } = (await response.json()) as { status?: string };
    return response.ok && status === 'ok';
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
