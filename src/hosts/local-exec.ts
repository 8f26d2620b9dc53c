import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { platform } from 'node:os';
import type { Argv } from '../faults/argv.ts';
import { ROOT_SHELL } from './as-root.ts';
import { follow, shown, type RawResult, type Running, type Sink } from './follow.ts';
import { HostError, type ExecOptions } from './host.ts';
import { quoteAll } from './quote.ts';

/** As a shell would have it: not found 127, found but not to be run 126. */
const EXIT_CODES: Record<string, number> = { ENOENT: 127, EACCES: 126 };
/** As for SSH: silence after the end, where a background process holds the output open. */
const DRAIN_MS = 2_000;

/** Runs `argv` on this machine, in a process group of its own. */
export function localExec(host: string, argv: Argv, options: ExecOptions, env: NodeJS.ProcessEnv): Promise<RawResult> {
  if (argv.length === 0) throw new TypeError('A command has at least one word');
  if (options.signal?.aborted)
    throw new HostError('aborted', host, `${shown(argv)} on ${host} did not start: it was aborted before`);
  return follow({ host }, argv, options, (sink) => {
    const [file = '', ...words] = options.pty ? onTerminal(argv) : argv;
    const path = `${env['PATH'] ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin`;
    const child = spawn(file, words, { detached: true, stdio: 'pipe', env: { ...env, PATH: path } });
    child.stdin.on('error', () => undefined);
    const ended = watch(child, sink, { file, host, isTerminal: options.pty !== undefined });
    const drop = () => [child.stdin, child.stdout, child.stderr].forEach((stream) => stream.destroy());
    return Promise.resolve({
      stdin: child.stdin,
      ended,
      kill: (signal) => killGroup(child, signal),
      drop,
    } satisfies Running);
  });
}

/** `script` gives a program a pseudo-terminal. Only util-linux's wants a command line; that of BSD and macOS takes words. */
const SCRIPT = 'script';
const onTerminal = (argv: Argv): Argv =>
  platform() === 'linux'
    ? [SCRIPT, '-qefc', `exec ${quoteAll(argv)}`, '/dev/null']
    : [SCRIPT, '-q', '/dev/null', ...argv];

const noTerminal = (host: string): string =>
  `No \`${SCRIPT}\` on ${host} to give a program a pseudo-terminal, and what has to be typed is given in no other way; ` +
  'it comes with util-linux (Debian: the package `bsdutils`)';

interface Started {
  file: string;
  host: string;
  isTerminal: boolean;
}

function watch(child: ChildProcess, sink: Sink, { file, host, isTerminal }: Started): Running['ended'] {
  return new Promise((resolve, reject) => {
    let exit: { exitCode: number | null; signal: string | null } | null = null;
    let silence: NodeJS.Timeout | undefined;
    const done = () => (clearTimeout(silence), exit && resolve(exit));
    const heard = () => {
      clearTimeout(silence);
      if (exit) silence = setTimeout(done, DRAIN_MS);
    };
    child.stdout?.on('data', (chunk: Buffer) => (sink.stdout(chunk), heard()));
    child.stderr?.on('data', (chunk: Buffer) => (sink.stderr(chunk), heard()));
    child.once('exit', (exitCode, signal) => {
      exit = { exitCode, signal: signal?.replace(/^SIG/, '') ?? null };
      heard();
    });
    child.once('close', done);
    child.once('error', (error: NodeJS.ErrnoException) => {
      const exitCode = EXIT_CODES[error.code ?? ''];
      if (file === SCRIPT && isTerminal) return reject(new HostError('missing', host, noTerminal(host)));
      if (exitCode === undefined)
        return reject(new HostError('unreachable', host, `Cannot start \`${file}\` on ${host}: ${error.message}`));
      sink.stderr(Buffer.from(`${file}: ${exitCode === 127 ? 'not found' : 'permission denied'}\n`));
      resolve({ exitCode, signal: null });
    });
  });
}

function killGroup({ pid }: ChildProcess, signal: 'TERM' | 'KILL'): Promise<void> | void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, `SIG${signal}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return;
    return new Promise((resolve) => {
      execFile('sudo', ['-n', '--', ...ROOT_SHELL], () => resolve()).stdin?.end(`kill -s ${signal} -- -${pid}\n`);
    });
  }
}
