import { cpSync, chmodSync, readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { fleetSchema } from '../src/fleet/schema.ts';
import { quote, quoteAll } from '../src/hosts/quote.ts';
import { MACHINE_NAMES, type MachineName } from './qemu-words.ts';
import type { LabRecord } from './record.ts';
import type { SshTarget } from './ssh.ts';

const USERS: Record<MachineName, string> = { beast: 'jimmyb', guardian: 'jamesb' };

/** As on the real Beast. */
const COMPOSE = { directory: '~/0k-sync', file: 'tests/chaos/docker-compose.distributed.yml' };
const ARTEFACT = 'target/lab/release/sync-cli';
/** What stands for the cross-build: the stand-in is there already, and is copied to where a build would leave it. */
const BUILD = {
  on: 'beast',
  directory: '~/0k-sync',
  command: ['install', '-D', '-m', '755', '/opt/lab/bin/sync-cli', ARTEFACT],
  artefact: ARTEFACT,
};

export const fleetFileOf = (dir: string): string => join(dir, 'fleet.yml');

export function userOf(machine: MachineName): string {
  return USERS[machine];
}

export function sshTarget({ dir, ports }: Pick<LabRecord, 'dir' | 'ports'>, machine: MachineName): SshTarget {
  return { machine, port: ports.ssh[machine], identityFile: join(dir, 'id'), knownHostsFile: join(dir, 'known_hosts') };
}

/** Puts key and known_hosts of the lab's machines into `dir`. */
export function writeSshFiles(dir: string, image: string, ports: LabRecord['ports']): void {
  cpSync(join(image, 'id'), join(dir, 'id'));
  chmodSync(join(dir, 'id'), 0o600);
  const lines = MACHINE_NAMES.map((machine) => {
    const [type, key] = readFileSync(join(image, 'hostkeys', machine, 'ssh_host_ed25519_key.pub'), 'utf8').split(' ');
    return `[127.0.0.1]:${ports.ssh[machine]} ${type} ${key}\n`;
  });
  writeFileSync(join(dir, 'known_hosts'), lines.join(''));
}

/** Q's own `sync-cli`, and the fleet file: of the same kind as a real one, so that nobody else has to know of the lab. */
export function writeFleet(record: LabRecord): void {
  const { dir, template } = record;
  mkdirSync(join(dir, 'q'), { recursive: true, mode: 0o700 });
  const words = quoteAll([process.execPath, join(template, 'standins/sync-cli.cjs')]);
  const lines = [
    '#!/bin/sh',
    '# sync-cli of this machine, in this lab.',
    `ZEROK_LAB_ENV=${quote(join(dir, 'env'))} exec ${words} "$@"`,
  ];
  writeFileSync(join(dir, 'sync-cli'), `${lines.join('\n')}\n`);
  chmodSync(join(dir, 'sync-cli'), 0o755);
  const header = `# The lab \`${record.name}\`, written by \`0k-chaos lab up\`.\n`;
  writeFileSync(fleetFileOf(dir), header + stringify(fleet(record)), { mode: 0o600 });
  // One of before, under whatever umask: one that others may write to is refused.
  chmodSync(fleetFileOf(dir), 0o600);
}

function fleet(record: LabRecord) {
  const { dir, ports, timeDivisor, kind, addresses } = record;
  const ssh = (machine: MachineName) => {
    const { port, identityFile, knownHostsFile } = sshTarget(record, machine);
    return { host: '127.0.0.1', port, user: USERS[machine], identityFile, knownHostsFile };
  };
  const relay = (index: number) => ({
    machine: 'beast',
    service: `relay-${index + 1}`,
    health: `http://127.0.0.1:${ports.http[index]}/health`,
  });
  const lab = {
    name: record.name,
    state: join(dir, 'state'),
    times: times({ timeDivisor, kind }),
    machines: {
      q: { local: true, addresses: addresses.q },
      beast: { ssh: ssh('beast'), addresses: [addresses.beast], docker: {}, compose: COMPOSE },
      guardian: { ssh: ssh('guardian'), addresses: [addresses.guardian] },
    },
    relays: { 'relay-1': relay(0), 'relay-2': relay(1), 'relay-3': relay(2) },
    clients: {
      q: { machine: 'q', command: [join(dir, 'sync-cli')], data: join(dir, 'q') },
      beast: { machine: 'beast', service: 'client-beast', command: ['sync-cli'], data: '/data' },
      guardian: { machine: 'guardian', command: ['/tmp/sync-cli-arm'], data: '/tmp/0k-sync-test', build: BUILD },
    },
  };
  fleetSchema.parse(lab);
  return lab;
}

/** What is left of the product's constants is still a handful of steps, which are slow on emulated machines. */
function times({ timeDivisor, kind }: Pick<LabRecord, 'timeDivisor' | 'kind'>) {
  if (timeDivisor === 1) return { deadRelaySeconds: 30, commandSeconds: 150, deliverSeconds: 180, healthySeconds: 90 };
  const deliverSeconds = kind === 'containers' ? 15 : 60;
  const commandSeconds = timeDivisor === 10 ? 30 : 60;
  return { deadRelaySeconds: 30 / timeDivisor, commandSeconds, deliverSeconds, healthySeconds: 60 };
}
