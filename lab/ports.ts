import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { MachineName } from './qemu-words.ts';

/** The ports of one lab, all on 127.0.0.1. */
export interface LabPorts {
  ssh: Record<MachineName, number>;
  /** Health and metrics of relay-1, relay-2, relay-3. */
  http: number[];
  /** Their data. */
  udp: number[];
  /** UDP. */
  discovery: number;
  /** UDP ends of the cable between the machines. */
  link: Record<MachineName, number>;
}

/** `before`, if nobody has taken any of them meanwhile, so that a fleet file stays true over `down` and `up`; else new ones. */
export async function choosePorts(before: LabPorts | null): Promise<LabPorts> {
  if (before && (await areFree(before))) return before;
  const [tcp, udp] = await Promise.all([holdTcp([0, 0, 0, 0, 0]), holdUdp([0, 0, 0, 0, 0, 0])]);
  await Promise.all([tcp.release(), udp.release()]);
  const [beast = 0, guardian = 0, ...http] = tcp.ports;
  const [linkBeast = 0, linkGuardian = 0, discovery = 0, ...data] = udp.ports;
  return { ssh: { beast, guardian }, discovery, http, udp: data, link: { beast: linkBeast, guardian: linkGuardian } };
}

async function areFree(ports: LabPorts): Promise<boolean> {
  try {
    const tcp = await holdTcp([ports.ssh.beast, ports.ssh.guardian, ...ports.http]);
    const udp = await holdUdp([ports.link.beast, ports.link.guardian, ports.discovery, ...ports.udp]);
    await Promise.all([tcp.release(), udp.release()]);
    return true;
  } catch {
    return false;
  }
}

interface Held {
  ports: number[];
  release(): Promise<unknown>;
}

/** All are held at the same time, so that no two are the same. 0: any free port. */
async function holdTcp(wanted: number[]): Promise<Held> {
  const held = await Promise.all(
    wanted.map(async (port) => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
      return server;
    }),
  );
  return {
    ports: held.map((server) => (server.address() as { port: number }).port),
    release: () => Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve)))),
  };
}

async function holdUdp(wanted: number[]): Promise<Held> {
  const held = await Promise.all(
    wanted.map(async (port) => {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve, reject) => socket.once('error', reject).bind(port, '127.0.0.1', resolve));
      return socket;
    }),
  );
  return {
    ports: held.map((socket) => socket.address().port),
    release: () => Promise.all(held.map((socket) => new Promise<void>((resolve) => socket.close(resolve)))),
  };
}
