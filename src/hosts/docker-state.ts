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
  };
}

const healthOf = (status: string | undefined): ContainerState['health'] =>
  status === 'healthy' || status === 'unhealthy' || status === 'starting' ? status : null;
