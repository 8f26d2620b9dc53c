import type { NetemParams } from './netem.ts';

/** One filter of tc: which packets. Filters of one priority are of one protocol. Source: tc-flower(8). */
export interface Selection {
  protocol: 'ip' | 'ipv6' | 'all';
  /** The lowest is asked first. */
  rank: 'control' | 'peer and port' | 'peer or port' | 'all';
  keys: string;
}

export const RANKS: Selection['rank'][] = ['control', 'peer and port', 'peer or port', 'all'];

const FAMILIES = ['ip', 'ipv6'] as const;

/** Control as it passes in the disturbed direction: the port is ours. */
export const exemptions = ({ controlPorts, direction }: NetemParams): Selection[] =>
  controlPorts.flatMap((port) =>
    FAMILIES.map((protocol): Selection => {
      const keys = `ip_proto tcp ${direction === 'out' ? 'src_port' : 'dst_port'} ${port}`;
      return { protocol, rank: 'control', keys };
    }),
  );

/** What is disturbed. */
export function selections({ toward, ports, direction }: NetemParams): Selection[] {
  if (toward === undefined && ports === undefined) return [{ protocol: 'all', rank: 'all', keys: '' }];
  const rank = toward !== undefined && ports !== undefined ? 'peer and port' : 'peer or port';
  return FAMILIES.flatMap((protocol) => {
    const peers = toward?.filter((address) => address.includes(':') === (protocol === 'ipv6'));
    const hosts = peers?.map((address) => `${direction === 'out' ? 'dst_ip' : 'src_ip'} ${address}`) ?? [''];
    const traffic = ports?.flatMap((port) => trafficKeys(port, protocol)) ?? [''];
    return hosts.flatMap((host) =>
      traffic.map((keys): Selection => ({ protocol, rank, keys: `${keys} ${host}`.trim() })),
    );
  });
}

function trafficKeys(traffic: string, protocol: 'ip' | 'ipv6'): string[] {
  const [name = '', port] = traffic.split('/');
  const ofProtocol = `ip_proto ${name === 'icmp' && protocol === 'ipv6' ? 'icmpv6' : name}`;
  return port === undefined ? [ofProtocol] : [`${ofProtocol} dst_port ${port}`, `${ofProtocol} src_port ${port}`];
}
