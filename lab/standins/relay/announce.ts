import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { LabEnv } from '../lab-env.ts';
import { parseAddress } from '../wire/address.ts';

/** ms between registrations: a machine restored from a template is known again after one. */
const INTERVAL = 1000;

/** Tells the discovery service where we are, again and again. The service may be away, or move with the environment file. */
export function announce(name: string, id: string, port: number, env: () => LabEnv): void {
  const socket = createSocket('udp4');
  // Discovery out of reach is silence: nobody finds this relay until it is back.
  socket.on('error', () => {});
  const tell = (): void => {
    const addresses = ownHosts().map((host) => `${host}:${port}`);
    const service = parseAddress(env().discovery);
    const datagram = JSON.stringify({ op: 'register', tag: 0, name, id, addresses });
    socket.send(datagram, service.port, service.host, () => {});
  };
  tell();
  setInterval(tell, INTERVAL);
}

function ownHosts(): string[] {
  const advertised = process.env['RELAY_ADVERTISE'];
  if (advertised !== undefined && advertised !== '') return advertised.split(',');
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}
