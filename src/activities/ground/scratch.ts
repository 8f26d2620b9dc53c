import { randomUUID } from 'node:crypto';
import type { RunRef } from '../../contract/run.ts';
import { ownerOf } from '../../contract/run.ts';
import { shortId } from '../admit.ts';
import { HostError } from '../../hosts/host.ts';
import type { Deps } from '../deps.ts';
import { ledgerOf } from '../leases.ts';
import { relayNow, type RelayNow } from '../relays.ts';
import { SyncClient } from '../sync-client.ts';
import { abortable } from './abortable.ts';
import { NotSo, notSo } from './check.ts';
import { fail } from './observation.ts';
import { judge, startFix } from './relay.ts';
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
  readonly #left = new Map<string, Leftover>();
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

  /** Every relay, running, with the endpoint id that it has now. @throws NotSo naming each that is not so */
  relays(): Promise<RelayNow[]> {
    return this.once('relays', async () => {
      const names = Object.keys(this.deps.fleet.relays);
      const looked = await Promise.allSettled(names.map((name) => relayNow(this.deps, name)));
      const wrong = looked.flatMap((look, n) => {
        const [bad] = look.status === 'fulfilled' ? judge(look.value).filter(({ state }) => state === 'fail') : [];
        if (look.status === 'rejected') return [fail((look.reason as Error).message, startFix(names[n] ?? ''))];
        return bad ? [bad] : [];
      });
      if (wrong.length > 0) throw notSo(wrong);
      return looked.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : []));
    });
  }

  /** A folder of our own on a machine; whoever makes it says so by `leaving`. */
  get folder(): string {
    return `/tmp/0k-chaos-${shortId(ownerOf(this.run))}`;
  }

  /** Of the next fault. */
  faultId(): string {
    this.#faults += 1;
    return `${ownerOf(this.run)}/${this.#faults}`;
  }

  /** Does what leaves something behind, and remembers it for `tidy`, unless it surely did not begin. */
  async leaving<T>(kind: Leftover['kind'], where: string, act: () => Promise<T>): Promise<T> {
    try {
      const done = await act();
      this.#left.set(`${kind} ${where}`, { kind, where });
      return done;
    } catch (error) {
      if (!neverBegan(error)) this.#left.set(`${kind} ${where}`, { kind, where });
      throw error;
    }
  }

  /** Heals and removes everything, side by side. @returns what stays, one line each */
  async tidy(): Promise<string[]> {
    const stays = [...this.#left.values()].map(async ({ kind, where }) => {
      try {
        await this.#remove[kind](where);
        return [];
      } catch (error) {
        return [`${where}: ${(error as Error).message}`];
      }
    });
    return (await Promise.all(stays)).flat();
  }

  readonly #remove: Record<Leftover['kind'], (where: string) => Promise<unknown>> = {
    leases: (machine) => this.#heal(machine),
    folder: (machine) => this.#whole.hosts.get(machine).exec(['rm', '-rf', '--', this.folder], { timeoutMs: 20_000 }),
    client: (name) => {
      const client = new SyncClient(this.#whole, this.run, name);
      return client.remove({ timeoutMs: 20_000 });
    },
  };

  async #heal(machine: string): Promise<void> {
    const replies = await ledgerOf(this.#whole, machine).heal({ owner: ownerOf(this.run) }, 'hand');
    const stands = replies.find(({ state }) => state === 'stands');
    if (stands && 'evidence' in stands) throw new Error(`${stands.lease?.summary} still stands: ${stands.evidence}`);
  }
}

interface Leftover {
  /** Leases and a folder on a machine, the data folder of a client. */
  kind: 'leases' | 'folder' | 'client';
  where: string;
}

const neverBegan = (error: unknown): boolean =>
  error instanceof HostError && ['unreachable', 'denied', 'host-key'].includes(error.kind);
