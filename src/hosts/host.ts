import type { Argv } from '../faults/argv.ts';

export interface ExecOptions {
  stdin?: string | Buffer;
  /** The remote command is killed (TERM, then KILL) after this; the call then throws. Default 60 000. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Each of stdout and stderr keeps its last so many bytes. Default 1 MiB. */
  maxBytes?: number;
  /**
   * Runs on a pseudo-terminal and types `answer` (and Enter) once the output contains `prompt`; stderr joins stdout, from which the
   * answer is struck. There is no other way to the program: without a terminal, or a prompt within `asksWithinMs`, it throws.
   */
  pty?: { prompt: string; answer: string; asksWithinMs?: number };
  /** What it prints on stdout is secret: no error quotes it. */
  secret?: boolean;
  /** Told of stdout and stderr as they come, for progress; the result has them all the same. */
  onOutput?: (chunk: Buffer) => void;
}

/** How a command ended. A command that ran is a result, whatever its exit code; not being able to tell is an error. */
export interface ExecResult {
  exitCode: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  truncated: boolean;
  ms: number;
}

/** One machine, reached locally or by SSH. Words only: nobody outside src/hosts writes shell text. */
export interface Host {
  readonly name: string;
  /** @throws HostError `unreachable` (the command did not start), `unknown` (the link was lost while it ran), `timeout`, `aborted`. */
  exec(argv: Argv, options?: ExecOptions): Promise<ExecResult>;
  /** Writes a file atomically (temporary name, rename). `mode` defaults to 0o600. */
  put(path: string, content: string | Buffer, options?: { mode?: number }): Promise<void>;
  get(path: string, options?: { maxBytes?: number }): Promise<Buffer>;
  /** The Docker engine of the machine. */
  docker(): DockerEngine;
  /** Words that run the rest as root here: empty when we are root, `sudo -n --` elsewhere. */
  asRoot(): Promise<Argv>;
  /** Address and port of sshd that the control connection uses, and our address as that machine sees it; null: local. */
  control(): Promise<{ from: string; fromPort: number; to: string; toPort: number } | null>;
}

/** Connections to the machines of a fleet, opened when first needed and kept. */
export interface Hosts {
  /** `purpose: 'heal'` uses a reserved connection, so that a stuck command can never starve a heal. */
  get(machine: string, purpose?: 'work' | 'heal'): Host;
  close(): Promise<void>;
}

export interface ContainerState {
  id: string;
  name: string;
  service: string | null;
  image: string;
  status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** RFC 3339, as Docker prints it: with the id, names one incarnation. */
  startedAt: string;
  /** When it ended last, as Docker prints it: in the year 1 where it never has. */
  finishedAt: string;
  /** 0 when not running. */
  pid: number;
  /** By Docker's restart policy, since it was made or started by hand. */
  restarts: number;
  exitCode: number;
  health: 'healthy' | 'unhealthy' | 'starting' | null;
  addresses: string[];
  /** It has the network of its machine, or of another container, and none of its own. */
  sharesNetwork: boolean;
  /** Ports of its machine that lead to it, as `udp/8190`. */
  published: string[];
}

/** The part of the Docker API that 0k-chaos uses. `what` is an id or a name. */
export interface DockerEngine {
  version(): Promise<{ version: string; apiVersion: string }>;
  inspect(what: string): Promise<ContainerState>;
  /** Containers of a compose project (all services or one, stopped ones too; one-off ones left out). */
  project(name: string, service?: string): Promise<ContainerState[]>;
  kill(what: string, signal: string): Promise<void>;
  stop(what: string): Promise<void>;
  start(what: string): Promise<void>;
  restart(what: string): Promise<void>;
  pause(what: string): Promise<void>;
  unpause(what: string): Promise<void>;
  exec(what: string, argv: Argv, options?: ExecOptions): Promise<ExecResult>;
  /** stdout and stderr as one text: the last `maxBytes` (default 4 MiB), or the first `firstBytes`, and no more is read. */
  logs(what: string, options?: { since?: Date; until?: Date; maxBytes?: number; firstBytes?: number }): Promise<string>;
  /** The last `tail` lines; and, unless `follow` is false, what is logged from then on until `signal` or the container ends. */
  followLogs(
    what: string,
    take: (chunk: Buffer) => void,
    options: { tail: number; signal: AbortSignal; follow?: boolean },
  ): Promise<void>;
  /**
   * When the container was first paused between two times, in seconds since 1970 by the engine's clock; undefined: as far as the engine
   * remembers, never. It keeps its last 256 events. Source: Docker Engine API, `/events`.
   */
  pausedAt(what: string, since: number, until: number): Promise<number | undefined>;
  /** Paths of the container, volumes and file systems in memory aside, that are new or other than in its image: files and folders. */
  changes(what: string): Promise<string[]>;
  /** A file or folder of the container, running or not, as a tar; the first `maxBytes` (default 4 MiB) of it. */
  archive(what: string, path: string, options?: { maxBytes?: number }): Promise<{ bytes: Buffer; truncated: boolean }>;
}

export type HostErrorKind =
  | 'unreachable'
  | 'unknown'
  | 'timeout'
  | 'aborted'
  | 'denied'
  | 'host-key'
  | 'docker'
  | 'missing';

/** Thrown by hosts. `kind` answers what to do; the message says what, where, the evidence and the way out. */
export class HostError extends Error {
  override name = 'HostError';
  readonly kind: HostErrorKind;
  readonly host: string;
  constructor(kind: HostErrorKind, host: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.host = host;
  }
}
