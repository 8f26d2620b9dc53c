import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseFleet } from '../../src/fleet/load.ts';

/** Nobody listens on the ports 1 and 2 of 127.0.0.1. */
export const FLEET = `name: nowhere
machines:
  q: { local: true }
  beast: { ssh: { host: 127.0.0.1, port: 1, user: nobody }, addresses: [192.0.2.1], docker: {} }
  guardian: { ssh: { host: 127.0.0.1, port: 2, user: somebody }, addresses: [192.0.2.2] }
relays:
  relay-1: { machine: beast, service: relay-1, health: 'http://127.0.0.1:1/health' }
clients:
  q: { machine: q, data: /tmp/0k-chaos-test-q }
  beast: { machine: beast, service: client-beast, data: /data }
  guardian: { machine: guardian, data: /tmp/0k-chaos-test-guardian }
`;

export const fleet = () => parseFleet(FLEET, 'fleet.yml');

/** A folder with a fleet file, gone after the test. */
export function folderWith(text: string = FLEET): { dir: string; file: string; remove: () => void } {
  const dir = mkdtempSync(path.join(tmpdir(), '0k-chaos-cli-'));
  const file = path.join(dir, 'fleet.yml');
  writeFileSync(file, text);
  return { dir, file, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
