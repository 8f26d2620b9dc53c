import type { LabAddresses, LabRecord } from './record.ts';
import type { MachineName } from './qemu-words.ts';

/** q: the place of this machine in the lab's network, which discovery and the second path are at. */
export type ContainerName = MachineName | 'q';
export const CONTAINER_NAMES: ContainerName[] = ['beast', 'guardian', 'q'];

/** What is a lab's own in the engine, by its folder: two users may have labs of one name. */
export const labelOf = (dir: string): string => `0k-chaos.lab=${dir}`;
const networkOf = (name: string): string => `0k-chaos-${name}`;
export const containerOf = (name: string, container: ContainerName): string => `0k-chaos-${name}-${container}`;

/** Those of the `n`th lab of an engine. q: as a container, and as the gateway, by which published ports come in. */
export function addressesOf(n: number): LabAddresses {
  return { beast: `10.77.${n}.10`, guardian: `10.77.${n}.20`, q: [`10.77.${n}.2`, `10.77.${n}.1`] };
}

export function networkWords({ name, dir, addresses }: Pick<LabRecord, 'name' | 'dir' | 'addresses'>): string[] {
  const [, gateway = ''] = addresses.q;
  const subnet = gateway.replace(/\.1$/, '.0/24');
  return ['network', 'create', '--label', labelOf(dir), '--subnet', subnet, '--gateway', gateway, networkOf(name)];
}

/** What sshd, sudo, tc, iptables and a network namespace to try things in need. */
const MACHINE = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SYS_CHROOT', 'AUDIT_WRITE'],
  ...['NET_BIND_SERVICE', 'NET_RAW', 'NET_ADMIN', 'SYS_ADMIN'],
];
/** On top of those, what an engine of its own gives to its containers. */
const ENGINE = ['SETPCAP', 'SETFCAP', 'MKNOD'];

const CAPABILITIES: Record<ContainerName, string[]> = {
  beast: [...MACHINE, ...ENGINE],
  guardian: MACHINE,
  q: ['NET_ADMIN', 'NET_RAW'],
};

/** What keeps an engine from mounting, and from writing to /proc/sys of its own network namespace. */
const UNCONFINED = ['seccomp=unconfined', 'apparmor=unconfined', 'systempaths=unconfined'];

/** Words of `docker` that create a machine, not started. Nothing is published but on 127.0.0.1; nothing is `privileged`. */
export function createWords(record: LabRecord, container: ContainerName, image: string): string[] {
  const { name, dir, addresses } = record;
  const { beast, guardian, q } = addresses;
  const hosts = Object.entries({ beast, guardian, q: q[0] }).map(([host, ip]) => `${host}:${ip}`);
  return [
    ...['create', '--name', containerOf(name, container), '--hostname', container, '--label', labelOf(dir)],
    ...['--network', networkOf(name), '--ip', container === 'q' ? q[0] : addresses[container]],
    ...hosts.flatMap((host) => ['--add-host', host]),
    ...['--cap-drop', 'ALL', ...CAPABILITIES[container].flatMap((capability) => ['--cap-add', capability])],
    ...['--tmpfs', '/run:exec,mode=755', '--entrypoint', '/usr/bin/tini'],
    ...published(record, container).flatMap((ports) => ['--publish', `127.0.0.1:${ports}`]),
    ...special(record, container),
    ...[image, '-g', '--', '/usr/local/sbin/container-init', container, ...forwards(record, container)],
  ];
}

function published({ ports }: LabRecord, container: ContainerName): string[] {
  if (container === 'q') return [`${ports.discovery}:${ports.discovery}/udp`];
  const ssh = `${ports.ssh[container]}:22`;
  if (container === 'guardian') return [ssh];
  const http = ports.http.map((port, index) => `${port}:${8090 + index}`);
  return [ssh, ...http, ...ports.udp.map((port, index) => `${port}:${8190 + index}/udp`)];
}

function special({ ports }: LabRecord, container: ContainerName): string[] {
  if (container === 'q') return ['--env', `LAB_DISCOVERY=${ports.discovery}`, '--sysctl', 'net.ipv4.ip_forward=1'];
  if (container === 'guardian') return [];
  // A volume, because overlayfs cannot stand on overlayfs; without a name, so that it goes with its container.
  return ['--volume', '/var/lib/docker', ...UNCONFINED.flatMap((option) => ['--security-opt', option])];
}

/** The second path: from a port of Q to that of a relay. */
function forwards({ ports }: LabRecord, container: ContainerName): string[] {
  return container === 'q' ? ports.udp.map((port, index) => `${port}:${8190 + index}`) : [];
}
