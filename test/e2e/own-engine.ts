import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { containers } from '../../lab/containers.ts';
import { must, run } from '../../lab/command.ts';
import { install } from '../../lab/host-packages.ts';
import { cacheFolder } from '../../lab/paths.ts';
import { kill, processesIn } from '../../lab/process.ts';

const POLICY = '/usr/sbin/policy-rc.d';
const PREFIX = '0k-chaos-test-';
/** What is paused in a container does not die. */
const THAW =
  'for each in $(find /sys/fs/cgroup/freezer/$1 -name freezer.state 2>/dev/null); do echo THAWED >$each; done';
const START_MS = 30_000;
const END_MS = 20_000;

/**
 * A Docker engine of the test: its own network namespace, folders, socket and cgroup, so that it touches no other one and
 * nothing of it is left. It has no way out: images come to it from here, by its socket.
 */
export class OwnEngine {
  readonly name: string;
  readonly dir: string;
  readonly socket: string;
  #daemon: ChildProcess | undefined;

  /** `n`: of those of one process. */
  constructor(n = 1, pid = process.pid) {
    this.name = `${PREFIX}${pid}-${n}`;
    this.dir = join(cacheFolder(), '..', `engine-${pid}-${n}`);
    this.socket = join(this.dir, 'docker.sock');
  }

  /** Why no engine can be started here; null: one can. */
  static whyNot(): string | null {
    if (process.platform !== 'linux') return `its own Docker engine needs Linux, not ${process.platform}`;
    if (process.getuid?.() !== 0) return 'its own Docker engine needs root';
    if (!existsSync('/usr/bin/apt-get') && !existsSync('/usr/sbin/dockerd'))
      return 'no `dockerd`, and no apt to install it';
    return null;
  }

  async start(): Promise<void> {
    await installDocker();
    await endThoseOfTheDead();
    mkdirSync(this.dir, { recursive: true });
    await must(['ip', 'netns', 'add', this.name]);
    await must(this.inside('ip', 'link', 'set', 'lo', 'up'));
    const log = openSync(join(this.dir, 'log'), 'w');
    const folders = ['--data-root', join(this.dir, 'data'), '--exec-root', join(this.dir, 'exec')];
    const own = [
      '--pidfile',
      join(this.dir, 'pid'),
      '--host',
      `unix://${this.socket}`,
      '--cgroup-parent',
      `/${this.name}`,
    ];
    const [program = '', ...words] = this.inside(
      'setpriv',
      '--pdeathsig',
      'TERM',
      '/usr/sbin/dockerd',
      ...folders,
      ...own,
    );
    this.#daemon = spawn(program, words, { stdio: ['ignore', log, log] });
    closeSync(log);
    await this.#answers();
  }

  /** For what is to use this engine and no other, and a lab of containers on it. */
  get env(): { DOCKER_HOST: string; LAB_MACHINES: string } {
    return { DOCKER_HOST: `unix://${this.socket}`, LAB_MACHINES: 'containers' };
  }

  /** Makes the image of the machines from here, as the engine has no way out. */
  async makeImage(say: (line: string) => void): Promise<void> {
    const before = process.env['DOCKER_HOST'];
    process.env['DOCKER_HOST'] = this.env.DOCKER_HOST;
    try {
      say((await containers.prepare(this.dir, say)).why);
    } finally {
      if (before === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = before;
    }
  }

  /** The words, to be run where the engine's ports are on 127.0.0.1. */
  inside(...words: string[]): string[] {
    return ['nsenter', `--net=/run/netns/${this.name}`, ...words];
  }

  /** Ends it and all that it started, and removes what it made. */
  async end(): Promise<void> {
    const gone = this.#daemon && this.#daemon.exitCode === null ? once(this.#daemon, 'exit') : undefined;
    this.#daemon?.kill('SIGTERM');
    await Promise.race([gone, sleep(END_MS)]);
    await run(['sh', '-c', THAW, 'sh', this.name]);
    const { stdout } = await run(['ip', 'netns', 'pids', this.name]);
    for (const pid of [...processesIn(this.dir), ...stdout.split('\n').filter(Boolean).map(Number)]) kill(pid);
    await unmountBelow(this.dir);
    rmSync(this.dir, { recursive: true, force: true });
    await run(['ip', 'netns', 'delete', this.name]);
    removeCgroups(this.name);
  }

  async #answers(): Promise<void> {
    const deadline = Date.now() + START_MS;
    while ((await run(['docker', '--host', `unix://${this.socket}`, 'version'])).exitCode !== 0) {
      const log = (): string => readFileSync(join(this.dir, 'log'), 'utf8').slice(-1500);
      if (this.#daemon?.exitCode !== null || Date.now() > deadline) throw new Error(`dockerd did not start: ${log()}`);
      await sleep(100);
    }
  }
}

/** Engines of tests that were killed. Their daemons ended with them. */
async function endThoseOfTheDead(): Promise<void> {
  const { stdout } = await run(['ip', 'netns', 'list']);
  const all = [...stdout.matchAll(new RegExp(`^${PREFIX}(\\d+)-(\\d+)`, 'gm'))];
  for (const [, pid, n] of all.filter(([, each]) => !existsSync(`/proc/${each}`)))
    await new OwnEngine(Number(n), Number(pid)).end();
}

/** Debian's package; its service is not started. */
async function installDocker(): Promise<void> {
  if (existsSync('/usr/sbin/dockerd') && existsSync('/usr/sbin/iptables')) return;
  const forbidden = !existsSync(POLICY);
  if (forbidden) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await install(['docker.io', 'iptables', 'iproute2']);
  } finally {
    if (forbidden) rmSync(POLICY);
  }
}

async function unmountBelow(dir: string): Promise<void> {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  for (const point of points.filter((each) => each.startsWith(`${dir}/`)).toReversed())
    await run(['umount', '-l', point]);
}

/** Of each hierarchy; a cgroup can only be removed when those below it are. */
function removeCgroups(name: string): void {
  const roots = ['/sys/fs/cgroup', ...readdirSync('/sys/fs/cgroup').map((each) => `/sys/fs/cgroup/${each}`)];
  for (const root of roots) removeCgroup(join(root, name));
}

function removeCgroup(dir: string): void {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(join(dir, entry.name));
  rmdirSync(dir);
}
