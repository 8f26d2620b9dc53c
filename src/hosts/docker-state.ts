import type { ContainerInspectInfo } from 'dockerode';
import type { ContainerState } from './host.ts';

/** What of `docker inspect` counts. Addresses stand under `Networks` only, from API 1.52 on. */
export function stateOf(info: ContainerInspectInfo): ContainerState {
  const { State: state, Config: config } = info;
  const networks = Object.values(info.NetworkSettings.Networks ?? {});
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    service: config.Labels?.['com.docker.compose.service'] ?? null,
    image: config.Image,
    status: state.Status as ContainerState['status'],
    startedAt: state.StartedAt,
    pid: state.Pid,
    exitCode: state.ExitCode,
    health: healthOf(state.Health?.Status),
    addresses: networks
      .flatMap((network) => [network.IPAddress, network.GlobalIPv6Address])
      .filter((address) => Boolean(address)),
    published: publishedOf(info.HostConfig?.PortBindings),
  };
}

/** `{ '9000/udp': [{ HostPort: '8190' }] }` → `udp/8190`. A port that Docker chooses anew at each start has no number here. */
function publishedOf(bindings: unknown): string[] {
  return Object.entries((bindings ?? {}) as Record<string, { HostPort?: string }[] | null>).flatMap(([port, hosts]) =>
    (hosts ?? []).flatMap(({ HostPort }) => (HostPort ? [`${port.split('/')[1] ?? 'tcp'}/${HostPort}`] : [])),
  );
}

const healthOf = (status: string | undefined): ContainerState['health'] =>
  status === 'healthy' || status === 'unhealthy' || status === 'starting' ? status : null;
