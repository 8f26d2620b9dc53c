import { setTimeout as sleep } from 'node:timers/promises';
import { run, type CommandOptions, type CommandResult } from './command.ts';
import { LabError } from './error.ts';
import { type MachineName } from './qemu-words.ts';

/** A script that makes part of a machine: emulated and on a busy machine, it takes long. */
export const SCRIPT_MS = 600_000;

/** How a machine of the lab is reached. */
export interface SshTarget {
  machine: MachineName;
  port: number;
  identityFile: string;
  knownHostsFile: string;
}

/** Words of OpenSSH for the machine. Nothing of the user's own configuration is read. */
export function sshWords(target: SshTarget, user: string, command: string[] = []): string[] {
  const options = [
    ...['BatchMode=yes', 'IdentitiesOnly=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=30', 'LogLevel=ERROR'],
    ...[`UserKnownHostsFile="${target.knownHostsFile}"`, 'GlobalKnownHostsFile=/dev/null'],
  ];
  const settings = options.flatMap((option) => ['-o', option]);
  return [
    'ssh',
    '-F',
    '/dev/null',
    '-p',
    String(target.port),
    '-i',
    target.identityFile,
    ...settings,
    `${user}@127.0.0.1`,
    ...command,
  ];
}

/** Runs `script` by sh on the machine, as root. That is the lab's own way in; the orchestrator has another. */
export function asRoot(target: SshTarget, script: string, options: CommandOptions = {}): Promise<CommandResult> {
  return run(sshWords(target, 'root', [script]), options);
}

/** As `asRoot`, but throws with the evidence where the script fails. */
export async function mustAsRoot(target: SshTarget, script: string, options: CommandOptions = {}): Promise<string> {
  const result = await asRoot(target, script, options);
  if (result.exitCode === 0) return result.stdout;
  const said = `${result.stdout}\n${result.stderr}`.trim().slice(-1500);
  throw new LabError(
    `a script of the lab failed on \`${target.machine}\` (exit ${result.exitCode}): ${said || 'it said nothing'}`,
  );
}

/** Who looks after a machine that is waited for. */
export interface Watch {
  deadlineMs: number;
  /** @throws LabError where waiting is in vain. */
  assertAlive(): void | Promise<void>;
  /** The end of what the machine said by itself. */
  console(): string | Promise<string>;
}

/**
 * Repeats the script until it succeeds once. QEMU accepts connections before the machine listens, and such a try hangs: each has a
 * deadline of its own, short at first, longer later for the sake of a busy machine.
 */
export async function onceReachable(
  target: SshTarget,
  script: string,
  watch: Watch,
  options: CommandOptions = {},
): Promise<void> {
  const started = Date.now();
  for (let tryMs = 5000; ; tryMs = Math.min(tryMs * 2, 40_000)) {
    await watch.assertAlive();
    const result = await asRoot(target, script, { timeoutMs: tryMs, ...options });
    if (result.exitCode === 0) return;
    if (Date.now() - started > watch.deadlineMs) {
      const evidence = `ssh said: ${result.stderr.trim() || 'nothing'}; its console: ${(await watch.console()) || 'nothing'}`;
      throw new LabError(`\`${target.machine}\` does not answer ssh after ${watch.deadlineMs / 1000} s. ${evidence}`);
    }
    await sleep(100);
  }
}
