import { spawn } from 'node:child_process';
import { finished } from 'node:stream';
import { LabError } from './error.ts';

export interface CommandOptions {
  cwd?: string;
  /** Added to our own environment. */
  env?: Record<string, string>;
  stdin?: string | Buffer;
  /** Typed into stdin after `awaitLine` was seen on stdout, computed as late as that. */
  answer?: { awaitLine: string; with: () => string };
  /** The command is killed after this. Default 60 000. */
  timeoutMs?: number;
}

export interface CommandResult {
  /** null: killed by a signal, by us after the deadline too. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs one command of this machine, words only. Rejects only where the program cannot be started. */
export function run(argv: string[], options: CommandOptions = {}): Promise<CommandResult> {
  const [program = '', ...words] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 60_000,
      killSignal: 'SIGKILL',
    });
    const result: CommandResult = { exitCode: null, stdout: '', stderr: '' };
    const { answer } = options;
    let answered = answer === undefined;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      result.stdout += text;
      if (answered || !result.stdout.includes(`${answer?.awaitLine}\n`)) return;
      answered = true;
      child.stdin.end(answer?.with());
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (result.stderr += text));
    // A command that ends without reading its stdin is no error of ours (EPIPE).
    finished(child.stdin, () => undefined);
    if (answered) child.stdin.end(options.stdin);
    child.once('error', (error) => reject(new LabError(`cannot run \`${program}\`: ${error.message}`)));
    child.once('close', (exitCode) => resolve({ ...result, exitCode }));
  });
}

/** As `run`, but a command that fails throws with the end of what it said. Answers its stdout. */
export async function must(argv: string[], options: CommandOptions = {}): Promise<string> {
  const result = await run(argv, options);
  if (result.exitCode === 0) return result.stdout;
  const ending = result.exitCode === null ? 'was killed (deadline?)' : `ended with ${result.exitCode}`;
  const said = `${result.stdout}\n${result.stderr}`.trim().slice(-1500);
  throw new LabError(`\`${argv.join(' ').slice(0, 300)}\` ${ending}: ${said || 'it said nothing'}`);
}
