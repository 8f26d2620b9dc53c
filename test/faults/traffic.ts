import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ScratchMachine } from './scratch-machine.ts';

/**
 * The network of one machine: `peer` — machine — `box`, where box is behind the machine as its containers are. 10.1.0.0/24 and fd01::/64
 * towards the peer, 10.2.0.0/24 and fd02::/64 towards the box; the machine is .1 in both, the others .2.
 */
export async function layNetwork(machine: ScratchMachine): Promise<void> {
  await machine.output('mount', '-t', 'sysfs', 'sysfs', '/sys');
  const side = (name: string, n: number): string => `
ip netns add ${name}
ip link add to-${name} type veth peer name eth0 netns ${name}
ip addr add 10.${n}.0.1/24 dev to-${name}; ip -6 addr add fd0${n}::1/64 dev to-${name} nodad; ip link set to-${name} up
ip -n ${name} addr add 10.${n}.0.2/24 dev eth0; ip -n ${name} -6 addr add fd0${n}::2/64 dev eth0 nodad
ip -n ${name} link set eth0 up; ip -n ${name} link set lo up
ip -n ${name} route add default via 10.${n}.0.1; ip -n ${name} -6 route add default via fd0${n}::1`;
  await machine.output(
    'dash',
    '-ec',
    `${side('peer', 1)}${side('box', 2)}
echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding`,
  );
}

/** Answers each datagram and each line with itself. */
const ECHO = `
const port = Number(process.argv[1]);
require('node:net').createServer((socket) => { socket.on('error', () => {}); socket.pipe(socket); }).listen(port, '::');
const udp = require('node:dgram').createSocket('udp6');
udp.on('message', (message, { port, address }) => udp.send(message, port, address, () => {}));
udp.bind(port, '::', () => console.log('ready'));`;

/** Keeps one TCP and one UDP flow to each address going; answers a line with the echoes since the last one. */
const FLOWS = `
const [port, ...addresses] = process.argv.slice(1);
const counts = {};
for (const address of addresses) {
  const count = (what) => { counts[what] = 0; return () => counts[what]++; };
  const tcp = require('node:net').connect(Number(port), address);
  tcp.on('error', () => {}); tcp.setNoDelay(true); tcp.on('data', count('tcp ' + address));
  const udp = require('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
  udp.on('error', () => {}); udp.on('message', count('udp ' + address));
  setInterval(() => { tcp.write('.'); udp.send('.', Number(port), address, () => {}); }, 20);
}
require('node:readline').createInterface(process.stdin).on('line', () => {
  console.log(JSON.stringify(counts)); for (const what in counts) counts[what] = 0;
});`;

const inside = (netns: string | null, argv: string[]): string[] =>
  netns === null ? argv : ['ip', 'netns', 'exec', netns, ...argv];

export async function echoAt(machine: ScratchMachine, netns: string | null, port: number): Promise<void> {
  const server = machine.spawn(inside(netns, [process.execPath, '-e', ECHO, String(port)]));
  if (server.stdout) await once(server.stdout, 'data');
}

export class Flows {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(machine: ScratchMachine, netns: string | null, port: number, addresses: string[]) {
    this.#process = machine.spawn(inside(netns, [process.execPath, '-e', FLOWS, String(port), ...addresses]));
    if (!this.#process.stdout) throw new Error('no output');
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  /** Flows that had an echo within the next 0.4 s. */
  async alive(): Promise<string[]> {
    await this.#counts();
    await new Promise((resolve) => setTimeout(resolve, 400));
    return Object.entries(await this.#counts()).flatMap(([what, count]) => (count > 0 ? [what] : []));
  }

  /** Until all that should flow does; retransmission of TCP takes its time. */
  async allAlive(withinMs = 8_000): Promise<boolean> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const counts = await this.#counts();
      if (Object.values(counts).every((count) => count > 0)) return true;
      if (Date.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  async #counts(): Promise<Record<string, number>> {
    this.#process.stdin?.write('\n');
    const { value } = await this.#lines.next();
    return JSON.parse(value as string) as Record<string, number>;
  }
}
