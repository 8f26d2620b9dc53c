import { randomUUID } from 'node:crypto';
import type { RunRef } from '../../contract/run.ts';
import { ownerOf } from '../../contract/run.ts';
import { shortId } from '../admit.ts';
import type { Deps } from '../deps.ts';
import { ledgerOf } from '../leases.ts';
import { relayNow, type RelayNow } from '../relays.ts';
import { SyncClient } from '../sync-client.ts';
import { abortable } from './abortable.ts';
import { NotSo } from './check.ts';
import { rolesOf, type Roles } from './roles.ts';

type Part = keyof Omit<Roles, 'relayMachine'>;

const WANTED: Record<keyof Roles, string> = {
  relayMachine: 'relay',
  home: 'client on this machine (`machines.….local: true`)',
  edge: 'client on another machine, outside containers',
  contained: 'client in a container (`service`)',
};

/** What the checks of one `0k-chaos ground` share and leave behind for `tidy`: a group, folders and leases of its own. */
export class Scratch {
  readonly deps: Deps;
  /** Owner of the leases: `ground/<uuid>`. */
  readonly run: RunRef = { scenario: 'ground', workflowId: 'ground', runId: randomUUID() };
  readonly #whole: Deps;
  readonly #roles: Roles;
  readonly #made = new Map<string, Promise<unknown>>();
  readonly #leased = new Set<string>();
  #faults = 0;

  constructor(deps: Deps, signal: AbortSignal) {
    this.#whole = deps;
    this.deps = { ...deps, hosts: abortable(deps.hosts, signal) };
    this.#roles = rolesOf(deps.fleet);
  }

  /** Done once, whoever asks; all get the same answer, or the same error. */
  once<T>(what: string, make: () => Promise<T>): Promise<T> {
    const made = (this.#made.get(what) as Promise<T> | undefined) ?? make();
    this.#made.set(what, made);
    return made;
  }

  /** The client or machine that plays a part. @throws NotSo where the fleet has none */
  playing(part: keyof Roles): string {
    const name = this.#roles[part];
    if (name !== undefined) return name;
    throw new NotSo(`the fleet \`${this.deps.fleet.name}\` has no ${WANTED[part]}`, 'add one to the fleet file');
  }

  client(part: Part): SyncClient {
    return new SyncClient(this.deps, this.run, this.playing(part));
  }

  /** Every relay, running, with the endpoint id that it has now. */
  relays(): Promise<RelayNow[]> {
    return this.once('relays', () =>
      Promise.all(Object.keys(this.deps.fleet.relays).map((name) => relayNow(this.deps, name))),
    );
  }

  /** A folder of our own on a machine, that is not there yet. */
  folder(machine: string): string {
    this.#made.set(`folder ${machine}`, Promise.resolve());
    return `/tmp/0k-chaos-${shortId(ownerOf(this.run))}`;
  }

  /** The id of a fault that will stand on `machine`. */
  faultOn(machine: string): string {
    this.#leased.add(machine);
    this.#faults += 1;
    return `${ownerOf(this.run)}/${this.#faults}`;
  }

  /** Heals and removes everything, side by side. @returns what stays, one line each */
  async tidy(): Promise<string[]> {
    const folders = [...this.#made.keys()].filter((what) => what.startsWith('folder ')).map((what) => what.slice(7));
    const left = await Promise.all([
      ...[...this.#leased].map((machine) => this.#try(machine, () => this.#heal(machine))),
      ...folders.map((machine) =>
        this.#try(machine, async () => {
          await this.#whole.hosts.get(machine).exec(['rm', '-rf', '--', this.folder(machine)], { timeoutMs: 20_000 });
        }),
      ),
      ...(['home', 'edge', 'contained'] as const).map((part) => this.#forget(part)),
    ]);
    return left.flat();
  }

  async #heal(machine: string): Promise<void> {
    const replies = await ledgerOf(this.#whole, machine).heal({ owner: ownerOf(this.run) }, 'hand');
    const stands = replies.find(({ state }) => state === 'stands');
    if (stands && 'evidence' in stands) throw new Error(`${stands.lease?.summary} still stands: ${stands.evidence}`);
  }

  async #forget(part: Part): Promise<string[]> {
    const name = this.#roles[part];
    if (name === undefined || !this.#made.has(`init ${part}`)) return [];
    const client = new SyncClient(this.#whole, this.run, name);
    return this.#try(name, () => client.script('rm -rf -- "$1"', [client.root], { timeoutMs: 20_000 }));
  }

  async #try(what: string, act: () => Promise<unknown>): Promise<string[]> {
    try {
      await act();
      return [];
    } catch (error) {
      return [`${what}: ${(error as Error).message}`];
    }
  }
}
