import type { Argv } from '../faults/argv.ts';
import { afterAwake } from './awake.ts';
import { HostError, type ExecOptions, type ExecResult } from './host.ts';
import { quoteAll } from './quote.ts';
import { Tail } from './tail.ts';
import { Typist } from './typist.ts';

const MIB = 1024 * 1024;
const TIMEOUT_MS = 60_000;
/** Between TERM and KILL, and between KILL and giving up. */
const GRACE_MS = 1_000;

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

/** How an error names a command: of a long one its beginning, and the words at its end, which our scripts are given. */
export const shown = (argv: Argv): string => {
  const text = argv.every((word) => /^[\w@%+=:,./-]+$/.test(word)) ? argv.join(' ') : quoteAll(argv);
  return `\`${text.length > 200 ? `${text.slice(0, 80)} … ${text.slice(-120)}` : text}\``;
};

export const timeoutOf = (options: ExecOptions): number => options.timeoutMs ?? TIMEOUT_MS;

/** Starts a command, feeds it, keeps the tail of its output, and ends it when its time, in which we ran, is up or the caller says so. */
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
  // What a terminal echoes as it comes is not clean yet.
  const onOutput = options.pty ? undefined : options.onOutput;
  const begun = performance.now();
  const sink = {
    stdout: (chunk: Buffer) => (stdout.push(chunk), typing.saw(chunk), onOutput?.(chunk)),
    stderr: (chunk: Buffer) => (stderr.push(chunk), onOutput?.(chunk)),
  };
  const running = await start(sink);
  if (options.pty) typing.types((text) => running.stdin.write(text));
  else running.stdin.end(options.stdin);

  const end = await untilEnd(running, options, typing);
  if (typeof end === 'string') {
    const dead = await endIt(running);
    const fate = dead ? 'it was killed' : 'it could not be killed and may still run';
    const words = lastWords(options, typing.clean(stdout.bytes()), stderr.bytes());
    const kind = end === 'unasked' ? 'timeout' : end;
    throw new HostError(kind, host, `${shown(argv)} on ${where} ${whatOf(end, options, typing)}; ${fate}${words}`);
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

type Cut = 'timeout' | 'aborted' | 'unasked';

async function untilEnd(running: Running, options: ExecOptions, typing: Typist) {
  let abort = () => {};
  const timers: (() => void)[] = [];
  const stop = new Promise<Cut>((resolve) => {
    abort = () => resolve('aborted');
    timers.push(afterAwake(timeoutOf(options), () => resolve('timeout')));
    if (typing.patienceMs !== undefined)
      timers.push(afterAwake(typing.patienceMs, () => typing.answered || resolve('unasked')));
  });
  if (options.signal?.aborted) abort();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([running.ended, stop]);
  } finally {
    for (const callOff of timers) callOff();
    options.signal?.removeEventListener('abort', abort);
  }
}

function whatOf(cut: Cut, options: ExecOptions, typing: Typist): string {
  if (cut === 'aborted') return 'was aborted';
  if (cut === 'timeout') return `did not end within ${timeoutOf(options) / 1000} s`;
  return `did not ask \`${options.pty?.prompt}\` on its terminal within ${(typing.patienceMs ?? 0) / 1000} s`;
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

/** On a terminal all of it is stdout, and stderr is what `script` says of its own end. */
function lastWords({ pty, secret }: ExecOptions, stdout: Buffer, stderr: Buffer): string {
  const shownOut = secret ? Buffer.alloc(0) : stdout;
  const [first, second] = pty ? [shownOut, stderr] : [stderr, shownOut];
  const text = (first.length > 0 ? first : second).toString().trim().slice(-400);
  return text === '' ? '' : `. Its last words: ${text}`;
}
