import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from './error.ts';
import { killAndWait, livePid } from './process.ts';
import type { Listed } from './standins/discovery/protocol.ts';
import { writeAtomically, type LabRecord } from './record.ts';

const configFile = (dir: string): string => join(dir, 'discovery.json');
const pidFile = (dir: string): string => join(dir, 'discovery.pid');

/**
 * Where each relay may be reached besides its container's own address, which it registers itself. A client tries all and believes
 * only who proves the relay's id, so that an address that leads nowhere from where it stands does no harm.
 */
export function discoveryConfig({
  ports,
  secondPath,
  addresses,
}: Pick<LabRecord, 'ports' | 'secondPath' | 'addresses'>) {
  const perRelay = (addresses: (port: number, index: number) => string[]): Record<string, string[]> =>
    Object.fromEntries(ports.udp.map((port, index) => [`relay-${index + 1}`, addresses(port, index)]));
  return {
    relays: perRelay((port, index) => [`${addresses.beast}:${8190 + index}`, `127.0.0.1:${port}`]),
    secondPath: perRelay((port) => [`${addresses.q[0]}:${port}`]),
    secondPathOn: secondPath,
  };
}

/** The running service reads its configuration anew when it changes. */
export function writeDiscoveryConfig(record: LabRecord): void {
  writeAtomically(configFile(record.dir), `${JSON.stringify(discoveryConfig(record), null, 2)}\n`);
}

/** Starts the service on 127.0.0.1; it ends with `stopDiscovery`, not with us. */
export async function startDiscovery(record: LabRecord): Promise<void> {
  const { dir, template, ports } = record;
  writeDiscoveryConfig(record);
  const log = openSync(join(dir, 'discovery.log'), 'w', 0o600);
  const words = [
    join(template, 'standins/discovery.cjs'),
    '--port',
    String(ports.discovery),
    '--config',
    configFile(dir),
  ];
  const child = spawn(process.execPath, words, { detached: true, stdio: ['ignore', log, log], cwd: dir });
  closeSync(log);
  child.unref();
  writeFileSync(pidFile(dir), String(child.pid ?? ''));
  const deadline = Date.now() + 5000;
  while ((await registeredRelays(ports.discovery)) === null) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new LabError(
        `the lab's discovery service did not start: ${readFileSync(join(dir, 'discovery.log'), 'utf8').slice(-600)}`,
      );
    }
    await sleep(30);
  }
}

export function discoveryPid(dir: string): number | null {
  return livePid(pidFile(dir), configFile(dir));
}

export async function stopDiscovery(dir: string): Promise<void> {
  const pid = discoveryPid(dir);
  if (pid !== null) await killAndWait(pid, configFile(dir));
  rmSync(pidFile(dir), { force: true });
}

/** Relays that the service has heard of within the last few seconds; null: the service does not answer. */
export function registeredRelays(port: number): Promise<string[] | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const finish = (answer: string[] | null): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => finish(null), 300);
    socket.once('error', () => finish(null));
    socket.once('message', (bytes) => {
      const { relays } = JSON.parse(bytes.toString()) as Listed;
      finish(relays.filter(({ heardMs }) => heardMs < 5000).map(({ name }) => name));
    });
    // Connected, so that a closed port is an error at once (ECONNREFUSED).
    socket.connect(port, '127.0.0.1', () => socket.send(JSON.stringify({ op: 'list', tag: 1 })));
  });
}
