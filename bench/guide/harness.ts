import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Argv } from '../../src/faults/argv.ts';
import type { Fleet } from '../../src/fleet/schema.ts';
import { quoteAll } from '../../src/hosts/quote.ts';
import { endpointIdOf } from '../../src/zerok/endpoint-id.ts';
import type { Sshd } from '../exec.bench.ts';
import { sshWords } from '../exec.bench.ts';

/** Seconds of the guide's `settle()` and `settle_long()` (§7.3), and of its wait for a sync over a disturbed link. */
export const WAITS = { settle: 3, settleLong: 10, settleSync: 15 };

export type ClientName = 'q' | 'beast' | 'guardian';
export const CLIENTS: ClientName[] = ['q', 'beast', 'guardian'];

const RELAYS = ['relay-1', 'relay-2', 'relay-3'];
const PORTS = [8090, 8091, 8092];
const containerOf = (service: string): string => `dist-chaos-${service}-1`;

/** Where everything is. `mesh`: Guardian's interface on the mesh; the guide's `eth0` is the way of its own SSH. */
export interface GuidePlaces {
  fleet: Fleet;
  sshd: Record<'beast' | 'guardian', Sshd>;
  mesh: string;
}

/**
 * The guide's `DistributedHarness` (§7.1): an `ssh` process a command, one after the other, nothing kept, nothing measured.
 * Two of its commands are mended, as they would do nothing here: netem on Guardian goes to the interface of
 * the mesh, and partitions stand where packets to containers pass and spare its own SSH. What a command answers is not judged.
 */
export class GuideHarness {
  /** Spent in fixed waits. */
  waited = 0;
  commands = 0;
  readonly #places: GuidePlaces;
  readonly #folder = `guide-${process.pid}-${Date.now()}`;
  #ids: string[] = [];

  constructor(places: GuidePlaces) {
    this.#places = places;
  }

  async wait(which: keyof typeof WAITS): Promise<void> {
    this.waited += WAITS[which];
    await sleep(WAITS[which] * 1000);
  }

  /** Clears what an earlier test may have left, asks for health, and finds the endpoint ids. */
  async connect(): Promise<void> {
    for (const relay of RELAYS) await this.clear(relay);
    await this.clear('guardian');
    await this.health();
    await this.findIds();
    // `ensure_guardian_binary`
    const [binary = ''] = this.#command('guardian');
    await this.#ssh('guardian', ['test', '-x', binary]);
    await this.#ssh('guardian', [binary, '--version']);
  }

  async health(): Promise<void> {
    for (const port of PORTS) await this.#ssh('beast', ['curl', '-s', `http://localhost:${port}/health`]);
  }

  async findIds(): Promise<void> {
    const logs: string[] = [];
    for (const relay of RELAYS) logs.push(await this.#ssh('beast', ['docker', 'logs', containerOf(relay)]));
    this.#ids = logs.flatMap((log) => endpointIdOf(log) ?? []);
  }

  async initAndPairAll(): Promise<void> {
    for (const client of CLIENTS) {
      await this.#run(client, ['mkdir', '-p', this.#dataDir(client)]);
      await this.#cli(client, ['init', '--name', client]);
      await this.#cli(client, ['pair', '--join', this.#ids[0] ?? '', '--passphrase', this.#folder]);
    }
    await this.configureRelays();
  }

  async configureRelays(): Promise<void> {
    for (const client of CLIENTS) {
      const file = `${this.#dataDir(client)}/group.json`;
      const group = JSON.parse(await this.#run(client, ['cat', file])) as object;
      await this.#run(client, ['tee', file], JSON.stringify({ ...group, relay_addresses: this.#ids }));
    }
  }

  push(client: ClientName, text: string): Promise<string> {
    return this.#cli(client, ['push', text]);
  }

  pull(client: ClientName): Promise<string> {
    return this.#cli(client, ['pull', '--after-cursor', '0']);
  }

  docker(action: 'kill' | 'start' | 'restart' | 'logs', relay: string): Promise<string> {
    return this.#ssh('beast', ['docker', action, containerOf(relay)]);
  }

  netem(target: string, ...shape: string[]): Promise<string> {
    return this.#tc(target, ['qdisc', 'add', 'dev', this.#deviceOf(target), 'root', 'netem', ...shape]);
  }

  clear(target: string): Promise<string> {
    return this.#tc(target, ['qdisc', 'del', 'dev', this.#deviceOf(target), 'root']);
  }

  partition(machine: 'q' | 'guardian', action: '-A' | '-D' = '-A'): Promise<string> {
    return this.#iptables(this.#places.fleet.machines[machine]?.addresses?.[0] ?? '', action);
  }

  healPartition(machine: 'q' | 'guardian'): Promise<string> {
    return this.partition(machine, '-D');
  }

  async cleanup(): Promise<void> {
    for (const client of CLIENTS) await this.#run(client, ['rm', '-rf', this.#dataDir(client)]);
  }

  async #iptables(address: string, action: '-A' | '-D'): Promise<string> {
    const words = (table: string, chain: string, side: string): Argv => [
      'sudo',
      'iptables',
      '-t',
      table,
      action,
      chain,
      side,
      address,
      '-p',
      'udp',
      '-j',
      'DROP',
    ];
    await this.#ssh('beast', words('raw', 'PREROUTING', '-s'));
    return this.#ssh('beast', words('mangle', 'POSTROUTING', '-d'));
  }

  #deviceOf = (target: string): string => (target === 'guardian' ? this.#places.mesh : 'eth0');

  #tc(target: string, words: Argv): Promise<string> {
    return target === 'guardian'
      ? this.#ssh('guardian', ['sudo', 'tc', ...words])
      : this.#ssh('beast', ['docker', 'exec', containerOf(target), 'tc', ...words]);
  }

  #command = (client: ClientName): Argv => this.#places.fleet.clients[client]?.command ?? [];

  #dataDir = (client: ClientName): string => `${this.#places.fleet.clients[client]?.data}/${this.#folder}`;

  #cli(client: ClientName, words: Argv): Promise<string> {
    return this.#run(client, [...this.#command(client), '--data-dir', this.#dataDir(client), ...words]);
  }

  #run(client: ClientName, words: Argv, stdin = ''): Promise<string> {
    if (client === 'q') return this.#spawn(words, stdin);
    if (client === 'guardian') return this.#ssh('guardian', words, stdin);
    return this.#ssh('beast', ['docker', 'exec', '-i', containerOf('client-beast'), ...words], stdin);
  }

  #ssh(machine: 'beast' | 'guardian', words: Argv, stdin = ''): Promise<string> {
    return this.#spawn(['ssh', ...sshWords(this.#places.sshd[machine]), quoteAll(words)], stdin);
  }

  #spawn([file = '', ...words]: Argv, stdin: string): Promise<string> {
    this.commands += 1;
    return new Promise((resolve, reject) => {
      const child = spawn(file, words, { stdio: ['pipe', 'pipe', 'pipe'] });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.once('error', reject).once('close', () => resolve(said));
      child.stdin.on('error', () => undefined).end(stdin);
    });
  }
}
