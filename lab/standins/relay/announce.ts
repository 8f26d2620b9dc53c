import { createSocket } from 'node:dgram';
import { watch } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { basename, dirname } from 'node:path';
import { type LabEnv, labEnvFile } from '../lab-env.ts';
import { parseAddress } from '../wire/address.ts';

/** ms between registrations. */
const INTERVAL = 3000;
/** ms after a start, or a change of the environment file, at which to register as well: datagrams get lost. */
const SOON = [0, 250, 1000];

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
  const tellSoon = (): void => SOON.forEach((ms) => setTimeout(tell, ms));
  tellSoon();
  setInterval(tell, INTERVAL);
  onEnvChange(tellSoon);
}

/** A machine restored from a template is told of its new lab by this file. */
export function onEnvChange(act: () => void): void {
  const path = labEnvFile();
  try {
    watch(dirname(path), (_event, file) => file === basename(path) && act()).on('error', () => {});
  } catch {
    // No such folder: outside a lab nothing changes.
  }
}

function ownHosts(): string[] {
  const advertised = process.env['RELAY_ADVERTISE'];
  if (advertised !== undefined && advertised !== '') return advertised.split(',');
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}
