import { closeSync, fchmodSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { examples } from './common.ts';
import { badInput } from './errors.ts';
import { answer } from './output.ts';

/** `0k-chaos init [FILE]`: writes a fleet file to start from. */
export function initCommand(): Command {
  return new Command('init')
    .description('write a commented fleet file to start from')
    .argument('[file]', 'where to', 'fleet.yml')
    .option('--force', 'overwrite a file that is there')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', examples('init', 'init fleets/lab.yml --force'))
    .action((file: string, { force, json }: { force?: boolean; json?: boolean }) => {
      writeFleet(file, force === true);
      const next = 'put your own addresses in, then: 0k-chaos trust HOST (once a machine), 0k-chaos doctor';
      answer(json, { file }, () => `wrote ${file}\n${next}`);
    });
}

export function writeFleet(file: string, force: boolean): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeOwn(file, force ? 'w' : 'wx');
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    throw badInput(
      code === 'EEXIST' && syscall === 'open'
        ? `\`${file}\` is there already; name another file, or overwrite it with --force`
        : `\`${file}\` cannot be written: ${message}; name another file`,
      { cause: error },
    );
  }
}

/** Says what is run: whatever the umask, and whatever was there, nobody else writes to it. */
function writeOwn(file: string, flag: 'w' | 'wx'): void {
  const fd = openSync(file, flag, 0o600);
  try {
    fchmodSync(fd, 0o600);
    writeFileSync(fd, FLEET);
  } finally {
    closeSync(fd);
  }
}

/** The fleet of the distributed testing guide of 0k-sync. */
export const FLEET = `# The machines, relays and clients of one 0k-sync system. Unknown keys are errors; \`0k-chaos doctor\` checks the rest.
name: distributed

# Compose project of the relays and of clients in containers.
project: dist-chaos

# Where journals, keys and the embedded Temporal server live. Default: $XDG_STATE_HOME/0k-chaos
# state: ./state

# Encrypts what Temporal keeps of runs; made by \`0k-chaos codec keygen\` (docs/CODEC.md). Default: in clear
# codec: { keyFile: ./codec-keys.json }

machines:
  # This machine: the worker runs here.
  q:
    local: true
    # How the others reach it: what partitions and netem match.
    addresses: [100.114.70.54]

  beast:
    ssh:
      host: 100.71.79.25
      user: jimmyb
      # port: 22
      # identityFile: ~/.ssh/id_ed25519    (default: the SSH agent, then ~/.ssh/config and the usual keys)
    addresses: [100.71.79.25]
    # This machine has a Docker engine. Another socket: docker: { socket: /run/user/1000/docker.sock }
    docker: {}
    # Where the Compose file of the relays is: \`0k-chaos relays up\`, \`down\` and \`rebuild\` work there.
    compose: { directory: ~/0k-sync, file: tests/chaos/docker-compose.distributed.yml }
    # A cut leaves these alone, besides SSH. The mesh is Tailscale and SSH goes through it, so a cut must let through what
    # carries it: WireGuard's packets (udp/41641) and all that tailscaled itself sends (it marks those with 0x80000: its
    # way through relays, its control server, its DNS).
    keep: [udp/41641, mark/0x80000]

  guardian:
    ssh:
      host: 100.115.186.91
      user: jamesb
    addresses: [100.115.186.91]
    keep: [udp/41641, mark/0x80000]

# service: compose service on that machine. health: as this machine reaches it; metrics are beside it at /metrics.
relays:
  relay-1: { machine: beast, service: relay-1, health: 'http://100.71.79.25:8090/health' }
  relay-2: { machine: beast, service: relay-2, health: 'http://100.71.79.25:8091/health' }
  relay-3: { machine: beast, service: relay-3, health: 'http://100.71.79.25:8092/health' }

# data: a folder under which each run makes one of its own.
clients:
  q:
    machine: q
    command: [~/0k-sync/target/release/sync-cli]
    data: /tmp/0k-chaos
  beast:
    machine: beast
    # A client in a container.
    service: client-beast
    data: /data
  guardian:
    machine: guardian
    command: [/tmp/sync-cli-arm]
    data: /tmp/0k-sync-test
    # \`0k-chaos guardian install\` builds it there and copies it here. The triple is that of a 64-bit Raspberry Pi.
    build:
      on: beast
      directory: ~/0k-sync
      command: [cross, build, --target, aarch64-unknown-linux-gnu, -p, zerok-sync-cli, --release]
      artefact: target/aarch64-unknown-linux-gnu/release/sync-cli

# The product's own constants, which failover is judged against, in seconds. These are the defaults:
# times:
#   deadRelaySeconds: 30      what a client spends on one dead relay
#   commandSeconds: 150       deadline of one sync-cli command
#   deliverSeconds: 180       deadline for a message to arrive where nothing is wrong any more
#   healthySeconds: 90        deadline for a started relay to be healthy

# Rails that hold whoever asks: a run, a suite, a schedule, a person. Nothing is broken that goes against one.
# guards:
#   never:
#     targets: [relay-3, machine beast]   # relays, clients, machines, or \`all relays\`
#     interfaces: { guardian: [wg0] }   # by machine
#   longestFaultSeconds: 300   # one that stands longer is healed, and its run aborted
#   mostFaults: 2   # at a time, on all machines together
#   hours: { from: "20:00", to: "06:00", timezone: Europe/Berlin, days: [mon, tue, wed, thu, fri] }
#   abortWhen:   # what fails for so long aborts the run, and everything is healed
#     - { url: 'https://shop.example/health', forSeconds: 20, everySeconds: 5 }   # also: status, contains
#     - { metric: { url: 'http://100.71.79.25:8090/metrics', name: sync_relay_errors, above: 100 }, forSeconds: 30 }
#     - { command: [systemctl, is-active, --quiet, nginx], machine: beast, forSeconds: 10 }
`;
