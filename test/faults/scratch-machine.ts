import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Argv } from '../../src/faults/argv.ts';
import type { ExecOptions, ExecResult, Host } from '../../src/hosts/host.ts';

/** Namespaces of its own for mounts, processes and network: a machine whose /run, /var/lib and packets are nobody else's. Gone with the tests. */
const UNSHARE = [
  'setpriv',
  '--pdeathsig',
  'KILL',
  'unshare',
  '--mount',
  '--pid',
  '--net',
  '--fork',
  '--mount-proc',
  '--kill-child',
];
/** What /etc holds for boot is its own too, and stand-ins come first on the PATH that scripts set for themselves. */
const START = `
mount -t tmpfs run /run && mount -t tmpfs lib /var/lib || exit
for folder in /etc/systemd/system /etc/cron.d; do
  mkdir -p $folder && mount -t tmpfs etc $folder || exit
done
mount --bind "$1" /usr/local/sbin && ip link set lo up && echo ready && exec sleep 3600`;

/** What keeps scratch machines from being made here; undefined: nothing. */
export function whyNoScratchMachine(): string | undefined {
  const { status, stderr, error } = spawnSync('unshare', [
    '--mount',
    '--pid',
    '--net',
    '--fork',
    '--mount-proc',
    'nft',
    'list',
    'tables',
  ]);
  return status === 0 ? undefined : `needs root, unshare and nft: ${error?.message ?? String(stderr)}`;
}

export class ScratchMachine {
  readonly #holder: ChildProcess;
  readonly #pid: number;
  /** First on PATH: put stand-ins for programs here. */
  readonly bin: string;
  readonly shell: Argv;

  private constructor(holder: ChildProcess, pid: number, bin: string, shell: Argv) {
    this.#holder = holder;
    this.#pid = pid;
    this.bin = bin;
    this.shell = shell;
  }

  static async start(shell: Argv = ['dash']): Promise<ScratchMachine> {
    const folder = mkdtempSync(join(tmpdir(), 'zk-machine-'));
    const [program = '', ...options] = UNSHARE;
    mkdirSync(join(folder, 'bin'));
    const holder = spawn(program, [...options, 'sh', '-c', START, 'sh', join(folder, 'bin')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    const children = spawnSync('cat', [`/proc/${holder.pid}/task/${holder.pid}/children`]).stdout.toString();
    const machine = new ScratchMachine(holder, Number(children.trim().split(' ')[0]), join(folder, 'bin'), shell);
    machine.program('sh', `exec ${shell.join(' ')} "$@"`);
    return machine;
  }

  /** In whose namespaces the machine is. */
  get pid(): number {
    return this.#pid;
  }

  /** Puts a stand-in for a program on the machine: POSIX sh. */
  program(name: string, body: string): void {
    const path = join(this.bin, name);
    writeFileSync(path, `#!/bin/dash\n${body}\n`);
    chmodSync(path, 0o755);
  }

  spawn(argv: Argv): ChildProcess {
    const inside = ['-t', String(this.#pid), '-m', '-p', '-n', '--', ...argv];
    return spawn('nsenter', inside, {
      detached: true,
      env: { ...process.env, PATH: `${this.bin}:${process.env['PATH']}` },
    });
  }

  async exec(argv: Argv, options: ExecOptions = {}): Promise<ExecResult> {
    const started = performance.now();
    const child = this.spawn(argv);
    let [stdout, stderr] = ['', ''];
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.stdin ?? '');
    const killer = setTimeout(() => this.#killTree(child), options.timeoutMs ?? 60_000);
    const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
    clearTimeout(killer);
    return { exitCode, signal, stdout, stderr, truncated: false, ms: performance.now() - started };
  }

  /** As a lost connection or an impatient operator would: what left the process group lives on. */
  #killTree({ pid }: ChildProcess): void {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It ended just then.
    }
  }

  /** Output of a command that must succeed. */
  async output(...argv: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.exec(argv);
    if (exitCode !== 0) throw new Error(`\`${argv.join(' ')}\` exited ${exitCode}: ${stderr}`);
    return stdout;
  }

  /** As after a loss of power: no process, no /run, no rules, another boot id. /var/lib and /etc are what they were. */
  async reboot(): Promise<void> {
    const script = `
kill -KILL -1
umount -l /run && mount -t tmpfs run /run && cat /proc/sys/kernel/random/uuid >/run/boot-id || exit
mount --bind /run/boot-id /proc/sys/kernel/random/boot_id && nft flush ruleset`;
    await this.output('dash', '-c', script);
  }

  /** Only what leases need of a host. */
  host(): Host {
    const no = (): never => {
      throw new Error('a scratch machine has no such thing');
    };
    return {
      name: 'scratch',
      exec: (argv, options) => this.exec(argv, options),
      asRoot: () => Promise.resolve([]),
      control: () => Promise.resolve(null),
      put: no,
      get: no,
      docker: no,
    };
  }

  /** Ends every process on it. */
  async stop(): Promise<void> {
    const ended = once(this.#holder, 'exit');
    this.#holder.kill('SIGKILL');
    await ended;
    rmSync(join(this.bin, '..'), { recursive: true });
  }
}
