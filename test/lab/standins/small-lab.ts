import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SyncClient } from '../../../lab/standins/cli/client.ts';
import { sealBlob } from '../../../lab/standins/cli/secret.ts';
import { type LabEnv, labEnv } from '../../../lab/standins/lab-env.ts';
import { newIdentity } from '../../../lab/standins/wire/identity.ts';
import { buildStandins, type Standins } from '../../../lab/standins/build.ts';
import { endOf, firstLine } from './process.ts';
import { rows, until } from './watching.ts';

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
  ms: number;
}

export interface RelayProcess {
  name: string;
  id: string;
  dir: string;
  url: string;
  process: ChildProcess;
  log(): string;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

let built: Promise<Standins> | undefined;
let probes = 0;

/** The stand-ins as real processes on loopback: a discovery service, relays and clients, in one temporary folder. */
export class SmallLab {
  readonly dir = mkdtempSync(join(tmpdir(), '0k-standins-'));
  readonly #processes: ChildProcess[] = [];
  #programs: Standins | undefined;
  #discovery = '';

  /** TIME_DIVISOR 100: a dead relay costs 0.3 s, a fan-out 0.1 s at most. */
  async start(divisor = 100): Promise<void> {
    built ??= buildOnce();
    this.#programs = await built;
    const service = this.spawn(this.#programs.discovery, ['--port', '0', '--config', join(this.dir, 'ways.json')]);
    const line = await firstLine(service);
    this.#discovery = line.replace('discovery on ', '');
    this.configure({ TIME_DIVISOR: String(divisor) });
  }

  configure(values: Record<string, string>): void {
    const lines = Object.entries({ DISCOVERY: this.#discovery, TIME_DIVISOR: '100', ...values });
    writeFileSync(join(this.dir, 'env'), lines.map(([key, value]) => `${key}=${value}\n`).join(''));
  }

  /** Starts the relay `name`, or starts it again on its data. */
  async relay(name: string, env: Record<string, string> = {}): Promise<RelayProcess> {
    const dir = join(this.dir, name);
    mkdirSync(dir, { recursive: true });
    const relay = this.spawn(this.programs.relay, [], {
      RELAY_NAME: name,
      RELAY_HTTP_PORT: '0',
      RELAY_UDP_PORT: '0',
      RELAY_DB: join(dir, 'relay.db'),
      RELAY_ADVERTISE: '127.0.0.1',
      RUST_LOG: 'zerok_sync_relay=debug,iroh=warn',
      ...env,
    });
    let log = '';
    relay.stdout?.on('data', (data: Buffer) => (log += data.toString()));
    relay.stderr?.on('data', (data: Buffer) => (log += data.toString()));
    await until(
      () => log.includes('Press Ctrl+C') || relay.exitCode !== null,
      () => `${name} did not start: ${log}`,
    );
    const id = /^Endpoint ID: ([0-9a-f]{64})$/m.exec(log)?.[1] ?? '';
    return {
      name,
      id,
      dir,
      url: /^HTTP: (.*)\/health$/m.exec(log)?.[1] ?? '',
      process: relay,
      log: () => log,
      end: (signal) => endOf(relay, signal),
    };
  }

  relays(count: number): Promise<RelayProcess[]> {
    return Promise.all(Array.from({ length: count }, (_, i) => this.relay(`relay-${i + 1}`)));
  }

  /** Runs sync-cli with `--data-dir DIR/<who>` before the words. */
  cli(who: string, ...words: string[]): Promise<Ran> {
    return this.run(['--data-dir', join(this.dir, who), ...words]);
  }

  run(words: string[], options: { env?: Record<string, string> } = {}): Promise<Ran> {
    const startedAt = performance.now();
    const child = this.spawn(this.programs.cli, words, options.env);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
    return new Promise((resolve) => {
      child.on('close', (code) => resolve({ code, stdout, stderr, ms: performance.now() - startedAt }));
    });
  }

  /** A client of the group `passphrase`, with these relays in this order. */
  async client(who: string, relays: RelayProcess[], passphrase = 'a long passphrase'): Promise<void> {
    await this.cli(who, 'init', '--name', who);
    await this.cli(who, 'pair', '--join', relays[0]?.id ?? '', '--passphrase', passphrase);
    this.setRelays(who, relays);
  }

  setRelays(who: string, relays: Array<{ id: string }>): void {
    this.setGroup(who, { ...this.group(who), relay_addresses: relays.map(({ id }) => id) });
  }

  group(who: string): Record<string, unknown> & { cursors: Record<string, number> } {
    return JSON.parse(readFileSync(join(this.dir, who, 'group.json'), 'utf8')) as never;
  }

  setGroup(who: string, group: object): void {
    writeFileSync(join(this.dir, who, 'group.json'), JSON.stringify(group));
  }

  /** Pushes many messages as `who`, in this process: a process a message would take long. */
  async pushAll(who: string, texts: string[]): Promise<void> {
    const group = this.group(who);
    const client = new SyncClient({
      relays: group['relay_addresses'] as string[],
      group: String(group['group_id']),
      deviceName: who,
      me: newIdentity(),
      env: this.env(),
    });
    await client.connect();
    const secret = Buffer.from(String(group['group_secret_hex']), 'hex');
    for (const text of texts) {
      await client.request(() => ({
        kind: 'push',
        blobId: randomUUID(),
        payload: sealBlob(secret, Buffer.from(text)),
      }));
    }
    client.drop();
  }

  env(): LabEnv {
    process.env['ZEROK_LAB_ENV'] = join(this.dir, 'env');
    return labEnv();
  }

  /** What one relay holds, asked alone and from the beginning. */
  async held(relay: RelayProcess, likeClient: string): Promise<string[]> {
    const probe = `probe-${probes++}`;
    mkdirSync(join(this.dir, probe));
    for (const file of ['device.json', 'group.json']) {
      writeFileSync(join(this.dir, probe, file), readFileSync(join(this.dir, likeClient, file)));
    }
    this.setRelays(probe, [relay]);
    return rows((await this.cli(probe, 'pull', '--after-cursor', '0')).stdout);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((child) => endOf(child, 'SIGKILL')));
    rmSync(this.dir, { recursive: true, force: true });
  }

  get programs(): Standins {
    if (this.#programs === undefined) throw new Error('start() first');
    return this.#programs;
  }

  spawn(program: string, words: string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, [program, ...words], {
      env: { PATH: process.env['PATH'] ?? '', HOME: this.dir, ZEROK_LAB_ENV: join(this.dir, 'env'), ...env },
      // A session of its own: no controlling terminal to prompt on.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#processes.push(child);
    return child;
  }
}

/** One build serves all test files of a process. */
function buildOnce(): Promise<Standins> {
  const dir = mkdtempSync(join(tmpdir(), '0k-standins-built-'));
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }));
  return buildStandins(dir);
}
