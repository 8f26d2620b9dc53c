import { COMPOSE_FILE, containerRequests } from './compose.ts';
import { sshTarget } from './fleet-file.ts';
import { relaysHealthy } from './health.ts';
import type { LabRecord } from './record.ts';
import { machineScript } from './sources.ts';
import { mustAsRoot, SCRIPT_MS } from './ssh.ts';

/** Leaves the Compose file on Beast where the guide has it, and starts what is in it. */
export async function startRelays(place: Pick<LabRecord, 'dir' | 'ports'>): Promise<void> {
  const beast = sshTarget(place, 'beast');
  const compose = machineScript('docker-compose.distributed.yml');
  const folder = COMPOSE_FILE.slice(0, COMPOSE_FILE.lastIndexOf('/'));
  const keep = `runuser -u jimmyb -- sh -c 'mkdir -p ${folder} && cat >${COMPOSE_FILE}'`;
  await mustAsRoot(beast, keep, { stdin: compose });
  const requests = containerRequests(compose).map(({ name, body }) => `${name} ${JSON.stringify(body)}\n`);
  await mustAsRoot(beast, machineScript('beast.sh'), { stdin: requests.join(''), timeoutMs: SCRIPT_MS });
  await relaysHealthy(place.ports.http, SCRIPT_MS);
}
