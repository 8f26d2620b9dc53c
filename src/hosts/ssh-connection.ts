import type { Client, ClientChannel } from 'ssh2';
import type { Machine } from '../fleet/schema.ts';
import { HostError, type HostErrorKind } from './host.ts';
import { Semaphore, type Patience } from './semaphore.ts';
import { resolveTarget, type SshSettings } from './ssh-config.ts';
import { dial, type Link } from './ssh-dial.ts';

/** sshd frees a slot of MaxSessions (10) late: up to 5 at a time never failed in 400 execs, 6 did. */
const SESSIONS = 5;
/** Channel open failure "connect failed": what sshd says when MaxSessions is reached. Nothing was started. */
const NO_SLOT = 2;
const SLOT_BACKOFF_MS = [2, 5, 10, 20, 50, 100, 200, 400];
/** A half-open transport never calls back. Longer than the keepalive takes to notice. */
const OPEN_MS = 15_000;

type Opener = (client: Client, done: (error: Error | undefined, channel: ClientChannel) => void) => void;

/** One kept connection to a machine: dialled when first needed, dialled again after a loss. */
export class SshConnection {
  readonly #machine: string;
  readonly #ssh: NonNullable<Machine['ssh']>;
  readonly #settings: SshSettings;
  readonly #sessions = new Semaphore(SESSIONS);
  #link: Promise<Link> | null = null;
  #closed = false;

  constructor(machine: string, ssh: NonNullable<Machine['ssh']>, settings: SshSettings) {
    this.#machine = machine;
    this.#ssh = ssh;
    this.#settings = settings;
  }

  /** The live client. */
  async client(): Promise<Client> {
    if (this.#closed)
      throw new HostError('unreachable', this.#machine, `The connection to ${this.#machine} was closed by us`);
    this.#link ??= this.#dial();
    return (await this.#link).client;
  }

  /**
   * Opens a session channel (exec), waiting for a free one; `release` must be called when it has closed.
   * `urgent` does not wait: MaxSessions leaves room for a few above ours.
   */
  async session(open: Opener, patience: Patience | 'urgent'): Promise<{ channel: ClientChannel; release: () => void }> {
    const release = patience === 'urgent' ? () => {} : await this.#sessions.acquire(patience);
    if (release === 'aborted') throw this.#error(release, 'was not used: the command was aborted before it started');
    if (release === 'timeout') throw this.#error(release, 'had no free channel in time: the command did not start');
    try {
      return { channel: await this.#open(await this.client(), open), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#closed = true;
    const link = await this.#link?.catch(() => null);
    if (!link) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => link.client.destroy(), 500);
      link.client.once('close', () => (clearTimeout(timer), resolve()));
      link.close();
    });
  }

  async #dial(): Promise<Link> {
    const forget = () => (this.#link = null);
    try {
      const link = await dial(await resolveTarget(this.#machine, this.#ssh, this.#settings));
      link.client.once('close', forget);
      return link;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #open(client: Client, open: Opener): Promise<ClientChannel> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#openOnce(client, open);
      } catch (error) {
        const { reason } = error as { reason?: number };
        const wait = SLOT_BACKOFF_MS[attempt];
        if (reason === NO_SLOT && wait !== undefined) await new Promise((resolve) => setTimeout(resolve, wait));
        else if (reason !== undefined)
          throw this.#error('unreachable', 'refused a channel; the command did not start', error);
        else
          throw error instanceof HostError
            ? error
            : this.#error('unknown', 'was lost while a command was starting', error);
      }
    }
  }

  #openOnce(client: Client, open: Opener): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        client.destroy();
        reject(this.#error('unknown', `did not open a channel within ${OPEN_MS / 1000} s`));
      }, OPEN_MS);
      const settle = (error: Error | undefined, channel: ClientChannel) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve(channel);
      };
      try {
        open(client, settle);
      } catch (error) {
        clearTimeout(timer);
        reject(this.#error('unreachable', 'was lost before the command started', error));
      }
    });
  }

  #error(kind: HostErrorKind, what: string, cause?: unknown): HostError {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    return new HostError(kind, this.#machine, `The connection to ${this.#machine} ${what}${why}`, { cause });
  }
}
