import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deps } from '../../src/activities/deps.ts';
import { SyncClient } from '../../src/activities/sync-client.ts';
import { ownerOf, type RunRef } from '../../src/contract/run.ts';
import { parseFleet } from '../../src/fleet/load.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import type { Hosts } from '../../src/hosts/host.ts';
import * as samples from '../zerok/samples.ts';

/** One machine, this one, with two clients that are shell scripts, and each test a run of its own that has joined its group. */
export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), '0k-chaos-desk-'));
  readonly deps: Deps;
  run: RunRef;
  /** Whether the run still has what it locked. */
  isLocked = true;
  readonly #hosts: Hosts;
  #runs = 0;

  constructor() {
    const client = (data: string): string =>
      `{ machine: desk, command: [sh, ${join(this.folder, 'sync-cli')}], data: ${data} }`;
    const fleet = parseFleet(
      `name: one\ntimes: { commandSeconds: 5, deliverSeconds: 1 }\nmachines: { desk: { local: true } }\nrelays: {}\n` +
        `clients: { q: ${client(this.folder)}, guardian: ${client(join(this.folder, 'guardian'))} }\n`,
      'fleet.yml',
    );
    this.#hosts = createHosts({ machines: fleet.machines, stateDir: this.folder });
    const query = async () => ({
      holders: this.isLocked ? [{ owner: ownerOf(this.run), token: 1, exclusive: [] }] : [],
    });
    const temporal = { workflow: { getHandle: () => ({ query }) } } as unknown as Deps['temporal'];
    this.deps = { fleet, hosts: this.#hosts, stateDir: this.folder, temporal };
    this.run = this.newRun();
  }

  newRun(): RunRef {
    this.run = { scenario: 'a', workflowId: 'desk', runId: `${(this.#runs += 1)}` };
    for (const name of ['q', 'guardian']) {
      mkdirSync(this.client(name).cli.dataDir, { recursive: true });
      writeFileSync(join(this.client(name).cli.dataDir, 'group.json'), JSON.stringify(samples.groupJson));
    }
    return this.run;
  }

  client(name: string): SyncClient {
    return new SyncClient(this.deps, this.run, name);
  }

  /** What the clients do when they are told to push and to pull, as shell text; `print NAME` prints what `texts` has there. */
  clients(acts: { push?: string; pull?: string }, texts: Record<string, string> = {}): void {
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(this.folder, name), text);
    const print = `print() { cat "${this.folder}/$1"; }`;
    const { push = 'exit 1', pull = 'exit 1' } = acts;
    writeFileSync(
      join(this.folder, 'sync-cli'),
      `cd ${this.folder}\n${print}\ncase $3 in push) ${push} ;; pull) ${pull} ;; esac\n`,
    );
  }

  async close(): Promise<void> {
    await this.#hosts.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
