import { setTimeout as sleep } from 'node:timers/promises';
import { docker } from './container-engine.ts';
import { engineOf, startContainer } from './container-start.ts';
import { containerOf } from './container-words.ts';
import { discoveryConfig, registeredRelays } from './discovery.ts';
import { LabError } from './error.ts';
import type { LabRecord } from './record.ts';

const START_MS = 15_000;
const STORE = 'mkdir -p /run/lab; cat >/run/lab/.discovery; mv /run/lab/.discovery /run/lab/discovery.json';

/**
 * The discovery service, in a container: what listens on this machine's own loopback cannot be reached from containers on every
 * engine, and a published port can be reached from here on all of them.
 */
export async function startQ(record: LabRecord): Promise<void> {
  await startContainer(record, 'q');
  await tellQ(record);
  const deadline = Date.now() + START_MS;
  while ((await registeredRelays(record.ports.discovery)) === null) {
    if (Date.now() > deadline) {
      const said = await docker(engineOf(record), ['logs', containerOf(record.name, 'q')]);
      throw new LabError(`the lab's discovery service did not start: ${said.slice(-600) || 'it said nothing'}`);
    }
    await sleep(50);
  }
}

/** The running service reads its configuration anew when it changes. */
export async function tellQ(record: LabRecord): Promise<void> {
  const words = ['exec', '--interactive', containerOf(record.name, 'q'), 'sh', '-c', STORE];
  await docker(engineOf(record), words, { stdin: JSON.stringify(discoveryConfig(record)) });
}
