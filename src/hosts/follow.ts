import type { Argv } from '../faults/argv.ts';
import { HostError, type ExecOptions, type ExecResult } from './host.ts';
import { quoteAll } from './quote.ts';
import { Tail } from './tail.ts';

const MIB = 1024 * 1024;
const TIMEOUT_MS = 60_000;
/** Between TERM and KILL, and between KILL and giving up. */
const GRACE_MS = 1_000;
/** A shorter answer, such as `y`, is no secret, and hiding it would spoil the output. */
const SECRET_LENGTH = 6;

export interface Place {
  host: string;
  /** For messages, where it is not the host's name. */
  where?: string;
}

export interface Sink {
  stdout: (chunk: Buffer) => void;
  stderr: (chunk: Buffer) => void;
}

/** A running command: here, over SSH, or in a container. */
export interface Running {
  stdin: { write(data: string): unknown; end(data?: string | Buffer): unknown };
  /** Settles when the command has ended and its output is drained. Rejects when its end cannot be known. */
  ended: Promise<{ exitCode: number | null; signal: string | null }>;
  kill(signal: 'TERM' | 'KILL'): void | Promise<void>;
  /** Lets go of it, dead or not. */
  drop(): void;
}

export type RawResult = Omit<ExecResult, 'stdout' | 'stderr'> & { stdout: Buffer; stderr: Buffer };

/** How an error names a command. */
export const shown = (argv: Argv): string => {
  const text = argv.every((word) => /^[\w@%+=:,./-]+$/.test(word)) ? argv.join(' ') : quoteAll(argv);
  return `\`${text.length > 200 ? `${text.slice(0, 200)}…` : text}\``;
};

export const timeoutOf = (options: ExecOptions): number => options.timeoutMs ?? TIMEOUT_MS;

/** Starts a command, feeds it, keeps the tail of its output, and ends it when its time is up or the caller says so. */
export async function follow(
  { host, where = host }: Place,
  argv: Argv,
  options: ExecOptions,
  start: (sink: Sink) => Promise<Running>,
): Promise<RawResult> {
  if (options.pty && options.stdin !== undefined) throw new TypeError('`pty` and `stdin` exclude each other');
  const stdout = new Tail(options.maxBytes ?? MIB);
  const stderr = new Tail(options.maxBytes ?? MIB);
  const typing = new Typist(options.pty);
  const begun = performance.now();
  const sink = {
    stdout: (chunk: Buffer) => (stdout.push(chunk), typing.saw(chunk), options.onOutput?.(chunk)),
    stderr: (chunk: Buffer) => (stderr.push(chunk), options.onOutput?.(chunk)),
  };
  const running = await start(sink);
  if (options.pty) typing.types((text) => running.stdin.write(text));
  else running.stdin.end(options.stdin);

  const end = await untilEnd(running, options);
  if (typeof end === 'string') {
    const dead = await endIt(running);
    const fate = dead ? 'it was killed' : 'it could not be killed and may still run';
    const words = lastWords(typing.clean(stdout.bytes()), stderr.bytes());
    const what = end === 'timeout' ? `did not end within ${timeoutOf(options) / 1000} s` : 'was aborted';
    throw new HostError(end, host, `${shown(argv)} on ${where} ${what}; ${fate}${words}`);
  }
  const [out, err] = [typing.clean(stdout.bytes()), stderr.bytes()];
  const ms = Math.round(performance.now() - begun);
  return { ...end, stdout: out, stderr: err, truncated: stdout.truncated || stderr.truncated, ms };
}

export const asText = (raw: RawResult): ExecResult => ({
  ...raw,
  stdout: raw.stdout.toString(),
  stderr: raw.stderr.toString(),
});

async function untilEnd(running: Running, options: ExecOptions) {
  let abort = () => {};
  let timer: NodeJS.Timeout | undefined;
  const stop = new Promise<'timeout' | 'aborted'>((resolve) => {
    abort = () => resolve('aborted');
    timer = setTimeout(() => resolve('timeout'), timeoutOf(options));
  });
  if (options.signal?.aborted) abort();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([running.ended, stop]);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
  }
}

/** True when the command is known to be dead. */
async function endIt(running: Running): Promise<boolean> {
  try {
    for (const signal of ['TERM', 'KILL'] as const) {
      await Promise.race([running.kill(signal), pause(GRACE_MS * 5)]);
      if (await Promise.race([running.ended.then(() => true), pause(GRACE_MS)])) return true;
    }
    return false;
  } catch {
    return false;
  } finally {
    running.drop();
    running.ended.catch(() => undefined);
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

const lastWords = (stdout: Buffer, stderr: Buffer): string => {
  const text = (stderr.length > 0 ? stderr : stdout).toString().trim().slice(-400);
  return text === '' ? '' : `. Its last words: ${text}`;
};

/** Answers a prompt on a pseudo-terminal, once, and keeps the answer out of the output. */
class Typist {
  readonly #pty: ExecOptions['pty'];
  #seen = '';
  #write: ((text: string) => void) | null = null;
  #done = false;

  constructor(pty: ExecOptions['pty']) {
    this.#pty = pty;
  }

  types(write: (text: string) => void): void {
    this.#write = write;
    this.#answer();
  }

  saw(chunk: Buffer): void {
    if (!this.#pty || this.#done) return;
    this.#seen = (this.#seen + chunk.toString('latin1')).slice(-65_536);
    this.#answer();
  }

  #answer(): void {
    if (!this.#pty || !this.#write || this.#done) return;
    if (!this.#seen.includes(Buffer.from(this.#pty.prompt).toString('latin1'))) return;
    this.#done = true;
    this.#write(`${this.#pty.answer}\r`);
  }

  clean(output: Buffer): Buffer {
    if (!this.#pty) return output;
    const text = output.toString().replaceAll('\r\n', '\n').replaceAll('\r', '');
    const { answer } = this.#pty;
    return Buffer.from(answer.length < SECRET_LENGTH ? text : text.replaceAll(answer, '******'));
  }
}
