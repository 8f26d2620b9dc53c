import type { Container, Exec } from 'dockerode';
import type { Duplex } from 'node:stream';
import type { Argv } from '../faults/argv.ts';
import { demultiplex } from './docker-frames.ts';
import { follow, type RawResult, type Running } from './follow.ts';
import { HostError, type ExecOptions } from './host.ts';

/** Signals a process, and its group, that Docker runs for `container` on the machine of the engine. */
export type KillOnHost = (container: string, pid: number, signal: 'TERM' | 'KILL') => Promise<void>;

interface Place {
  host: string;
  container: string;
  killOnHost: KillOnHost;
}

/** Engines before 25 say 126 and this where a shell says 127. */
const NOT_FOUND = /^OCI runtime exec failed: .*(executable file not found|no such file or directory)/;

/** Runs `argv` in a container. */
export async function containerExec(
  place: Place,
  container: Container,
  argv: Argv,
  options: ExecOptions,
): Promise<RawResult> {
  const result = await run(place, container, argv, options);
  const isMissing = result.exitCode === 126 && NOT_FOUND.test(result.stdout.toString('latin1'));
  return isMissing ? { ...result, exitCode: 127, stdout: result.stderr, stderr: result.stdout } : result;
}

const run = (place: Place, container: Container, argv: Argv, options: ExecOptions): Promise<RawResult> =>
  follow({ host: place.host, where: `${place.container} (${place.host})` }, argv, options, async (sink) => {
    const isTerminal = options.pty !== undefined;
    const takesInput = isTerminal || options.stdin !== undefined;
    const exec = await container.exec({
      Cmd: [...argv],
      AttachStdin: takesInput,
      AttachStdout: true,
      AttachStderr: true,
      Tty: isTerminal,
    });
    const stream = await exec.start({ hijack: true, stdin: takesInput, Tty: isTerminal });
    return running(place, exec, stream, isTerminal ? sink.stdout : demultiplex(sink), takesInput);
  });

function running(
  place: Place,
  exec: Exec,
  stream: Duplex,
  take: (chunk: Buffer) => void,
  takesInput: boolean,
): Running {
  stream.on('data', take);
  const ended = new Promise<void>((resolve, reject) => {
    stream.once('end', resolve).once('close', resolve).once('error', reject);
  }).then(async () => ({ exitCode: await exitCodeOf(exec, place.host), signal: null }));
  const kill = async (signal: 'TERM' | 'KILL') => {
    const { Pid, Running, ContainerID } = await exec.inspect();
    if (Running && Pid > 0) await place.killOnHost(ContainerID, Pid, signal);
  };
  const input = takesInput ? stream : { write: () => undefined, end: () => undefined };
  return { stdin: input, ended, kill, drop: () => void stream.destroy() };
}

/** The engine closes the stream a moment before it notes the exit code. */
async function exitCodeOf(exec: Exec, host: string): Promise<number | null> {
  for (let attempt = 0; ; attempt += 1) {
    const { Running, ExitCode } = await exec.inspect();
    if (!Running) return Number.isInteger(ExitCode) ? ExitCode : null;
    if (attempt === 60)
      throw new HostError(
        'unknown',
        host,
        `${host}: the output of a command in a container ended while it ran on: how it ended is not known`,
      );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
