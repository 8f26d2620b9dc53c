import type { Client, ClientChannel, ExecOptions } from 'ssh2';
import type { Machine } from '../fleet/schema.ts';
import { OPEN_MS } from './channel.ts';
import { HostError, type HostErrorKind } from './host.ts';
import { Semaphore, type Patience } from './semaphore.ts';
import { resolveSshTarget, type SshSettings } from './ssh-config.ts';
import { dial, type Link } from './ssh-dial.ts';

/** sshd frees a slot of MaxSessions (10) late: up to 5 at a time never failed in 400 execs, 6 did. */
const SESSIONS = 5;
/** Channel open failure "connect failed": what sshd says when MaxSessions is reached. Nothing was started. */
const NO_SLOT = 2;
const SLOT_BACKOFF_MS = [2, 5, 10, 20, 50, 100, 200, 400];
/** How long a command waits for a slot where MaxSessions is below what we open. */
const SLOT_MS = 30_000;

/** A command for a session channel. */
export interface Session {
  command: string;
  pty?: ExecOptions | undefined;
  /** `urgent` waits for no free channel: MaxSessions leaves room for a few above ours. */
  patience: Patience | 'urgent';
}

/** Called before anything of the channel is lost: all that a quick command has to say can stand in one packet. */
type Listen<T> = (channel: ClientChannel, release: () => void) => T;

/** One kept connection to a machine: dialled when first needed, dialled again after a loss. */
export class SshConnection {
  readonly #machine: string;
  readonly #ssh: NonNullable<Machine['ssh']>;
  readonly #settings: SshSettings;
  readonly #sessions = new Semaphore(SESSIONS);
  #link: Promise<Link> | null = null;
  #client: Client | null = null;
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
    const dialling = this.#link;
    try {
      return (this.#client = (await dialling).client);
    } catch (error) {
      if (this.#link === dialling) this.#link = null;
      throw error;
    }
  }

  /** Starts a command on a channel of its own. The channel counts as taken until it closes, or `release` is called. */
  async session<T>(session: Session, listen: Listen<T>): Promise<T> {
    const { patience } = session;
    const release = patience === 'urgent' ? () => {} : await this.#sessions.acquire(patience);
    if (release === 'aborted') throw this.#error(release, 'was not used: the command was aborted before it started');
    if (release === 'timeout') throw this.#error(release, 'had no free channel in time: the command did not start');
    const take = (channel: ClientChannel) => {
      channel.once('close', release);
      return listen(channel, release);
    };
    try {
      return await this.#start(session, take);
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
    const link = await dial(await resolveSshTarget(this.#machine, this.#ssh, this.#settings));
    link.client.once('close', () => this.#forget(link.client));
    return link;
  }

  /** The next command dials again. */
  #forget(client: Client): void {
    if (this.#client === client) this.#client = this.#link = null;
  }

  async #start<T>(session: Session, take: (channel: ClientChannel) => T): Promise<T> {
    const deadline = performance.now() + SLOT_MS;
    for (let attempt = 0; ; attempt += 1) {
      const client = await this.client();
      try {
        return await this.#startOnce(client, session, take);
      } catch (error) {
        if (error instanceof NotConnected) this.#forget(client);
        if (isNoTerminal(error)) throw this.#error('denied', NO_TERMINAL);
        const wait = SLOT_BACKOFF_MS[attempt] ?? 500;
        const isWorthIt = error instanceof NotConnected ? attempt < 3 : reasonOf(error) === NO_SLOT;
        if (!isWorthIt || performance.now() + wait > deadline) throw this.#startError(error);
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  #startOnce<T>(client: Client, session: Session, take: (channel: ClientChannel) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        client.destroy();
        reject(this.#error('unknown', `did not open a channel within ${OPEN_MS / 1000} s`));
      }, OPEN_MS);
      try {
        client.exec(session.command, session.pty ?? {}, (error, channel) => {
          clearTimeout(timer);
          if (error) reject(error);
          else resolve(take(channel));
        });
      } catch (error) {
        clearTimeout(timer);
        reject(new NotConnected(String(error), { cause: error }));
      }
    });
  }

  #startError(error: unknown): HostError {
    if (error instanceof HostError) return error;
    return startedNothing(error)
      ? this.#error('unreachable', 'gave no channel; the command did not start', error)
      : this.#error('unknown', 'was lost while a command was starting', error);
  }

  #error(kind: HostErrorKind, what: string, cause?: unknown): HostError {
    const why = cause instanceof Error ? `: ${cause.message}` : '';
    return new HostError(kind, this.#machine, `The connection to ${this.#machine} ${what}${why}`, { cause });
  }
}

/** ssh2 says so before it sends anything. */
class NotConnected extends Error {}

/** ssh2's own words. The channel was open, and is closed again: nothing was started. */
const isNoTerminal = (error: unknown): boolean =>
  error instanceof Error && error.message === 'Unable to request a pseudo-terminal';
const NO_TERMINAL =
  'gives no pseudo-terminal, and what has to be typed is given in no other way; allow one there: ' +
  '`PermitTTY yes` in sshd_config, and no `restrict` or `no-pty` before our key in authorized_keys';

const reasonOf = (error: unknown): number | undefined => (error as { reason?: number }).reason;

const startedNothing = (error: unknown): boolean => error instanceof NotConnected || reasonOf(error) !== undefined;
