import { randomUUID } from 'node:crypto';
import type { ClientChannel, ExecOptions as Ssh2Options } from 'ssh2';
import type { Argv } from '../faults/argv.ts';
import { ROOT_SHELL } from './as-root.ts';
import { follow, shown, timeoutOf, type RawResult, type Running, type Sink } from './follow.ts';
import { HostError, type ExecOptions } from './host.ts';
import { quoteAll } from './quote.ts';
import type { SshConnection } from './ssh-connection.ts';

/** sudo's, tc's and nft's folders are not in the PATH that sshd gives a user. */
const PATH = 'PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"; export PATH';
/** A channel that a background process holds open is let go after so long a silence behind the exit status. */
const DRAIN_MS = 2_000;
/** No echo: what we type is a secret. `modes` is missing in the types of ssh2. */
const PTY = { pty: { term: 'dumb', cols: 250, rows: 50, modes: { ECHO: 0, ONLCR: 0 } } } as Ssh2Options;

/** Runs `argv` on a session channel of the connection. */
export function sshExec(connection: SshConnection, host: string, argv: Argv, options: ExecOptions): Promise<RawResult> {
  if (argv.length === 0) throw new TypeError('A command has at least one word');
  const group = new RemoteGroup(argv[0] === 'sudo' ? ['sudo', '-n', '--'] : []);
  const command = `${PATH}; ${group.announce}; exec ${quoteAll(argv)}`;
  return follow({ host }, argv, options, async (sink) => {
    const patience = { signal: options.signal, timeoutMs: timeoutOf(options) };
    const session = { command, patience, pty: options.pty && PTY };
    return connection.session(session, (channel, release): Running => ({
      stdin: channel,
      ended: watch(
        channel,
        group.strip(sink, options.pty ? 'stdout' : 'stderr'),
        `${shown(argv)} on ${host}`,
        host,
      ).finally(() => group.flush()),
      kill: (signal) => group.kill(connection, signal),
      drop: () => (channel.close(), release()),
    }));
  });
}

function watch(channel: ClientChannel, sink: Sink, what: string, host: string): Running['ended'] {
  let exit: Awaited<Running['ended']> | null = null;
  let silence: NodeJS.Timeout | undefined;
  const heard = () => {
    clearTimeout(silence);
    if (exit) silence = setTimeout(() => channel.close(), DRAIN_MS);
  };
  channel.on('data', (chunk: Buffer) => (sink.stdout(chunk), heard()));
  channel.stderr.on('data', (chunk: Buffer) => (sink.stderr(chunk), heard()));
  // A command that ends before it has read all of its input is no error of ours.
  channel.on('error', () => undefined);
  channel.on('exit', (exitCode: number | null, signal?: string) => {
    exit = { exitCode, signal: signal?.replace(/^SIG/, '') ?? null };
    heard();
  });
  return new Promise((resolve, reject) => {
    channel.once('close', () => {
      clearTimeout(silence);
      if (exit) resolve(exit);
      else
        reject(new HostError('unknown', host, `The connection was lost while ${what} ran: how it ended is not known`));
    });
  });
}

/**
 * The process group of a command, told by the command's shell as its first line. Killed by `kill` on a channel of its own: sshd
 * itself signals no commands of root and none under sudo, and ssh2 1.17.0 asks it for none once stdin has ended.
 */
class RemoteGroup {
  readonly #mark = `0k-chaos-${randomUUID()}`;
  readonly announce = `echo "${this.#mark} $$" >&2`;
  readonly #asRoot: Argv;
  #head: string | null = '';
  #through: (chunk: Buffer) => void = () => {};
  #id: string | undefined;

  constructor(asRoot: Argv) {
    this.#asRoot = asRoot;
  }

  /** Takes the announcement out of the stream that carries stderr. */
  strip(sink: Sink, stream: 'stdout' | 'stderr'): Sink {
    this.#through = sink[stream];
    return { ...sink, [stream]: (chunk: Buffer) => this.#read(chunk) };
  }

  /** A login shell that is none (nologin) or no POSIX one (fish) announces nothing: what it says instead is the evidence. */
  flush(): void {
    if (this.#head) this.#through(Buffer.from(this.#head, 'latin1'));
    this.#head = null;
  }

  async kill(connection: SshConnection, signal: 'TERM' | 'KILL'): Promise<void> {
    if (this.#id === undefined) return;
    const command = `${PATH}; exec ${quoteAll([...this.#asRoot, ...ROOT_SHELL])}`;
    await connection.session({ command, patience: 'urgent' }, (channel) => {
      channel.resume().stderr.resume();
      channel.end(`kill -s ${signal} -- -${this.#id}\n`);
      return new Promise((resolve) => channel.once('close', resolve));
    });
  }

  #read(chunk: Buffer): void {
    if (this.#head === null) return this.#through(chunk);
    this.#head += chunk.toString('latin1');
    const [line, before = '', id] = new RegExp(`^([^]*?)${this.#mark} (\\d+)\r?\n`).exec(this.#head) ?? [];
    if (line === undefined) {
      if (this.#head.length > 65_536) this.flush();
      return;
    }
    this.#id = id;
    const rest = Buffer.from(`${before}${this.#head.slice(line.length)}`, 'latin1');
    this.#head = null;
    if (rest.length > 0) this.#through(rest);
  }
}
