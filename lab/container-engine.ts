import { release } from 'node:os';
import { must, run, type CommandOptions } from './command.ts';
import { LabError } from './error.ts';

/** A Docker engine on this machine that takes our containers. */
export interface Engine {
  /** Words after `docker` that name it, whatever the environment says later. */
  words: string[];
  /** For people. */
  name: string;
  /** Its kernel's release; on a Mac that of its virtual machine. */
  kernel: string;
}

/** The engine that the `docker` command speaks to: DOCKER_HOST, else the current context, else the default socket. */
export async function findEngine(): Promise<Engine | { why: string }> {
  const asked = process.env['DOCKER_HOST'] ?? '';
  const context = await tried(['docker', 'context', 'inspect', '--format', '{{.Name}} {{.Endpoints.docker.Host}}']);
  if (context === null) return { why: 'no `docker` command' };
  const [name = '', endpoint = ''] = context.split(' ');
  const host = asked === '' ? endpoint : asked;
  const words = asked === '' ? ['--context', name] : ['--host', asked];
  if (!/^(unix|npipe):/.test(host)) {
    return { why: `the Docker engine \`${host}\` may be on another machine, and its ports with it` };
  }
  const about = await tried(['docker', ...words, 'info', '--format', ABOUT]);
  const [version = '', kernel = '', system = '', security = ''] = about?.split('|') ?? [];
  if (version === '') return { why: `no Docker engine answers at \`${host}\`` };
  if (system !== 'linux') return { why: `the Docker engine at \`${host}\` runs ${system}, not Linux` };
  if (/name=(rootless|userns)/.test(security)) {
    return { why: `the Docker engine at \`${host}\` is not root in its kernel (rootless, userns-remap)` };
  }
  return { words, kernel, name: `Docker ${version} (\`${host}\`, Linux ${kernel})` };
}

const ABOUT = '{{.ServerVersion}}|{{.KernelVersion}}|{{.OSType}}|{{json .SecurityOptions}}';

/** One command of an engine. Answers its stdout. */
export function docker({ words }: Pick<Engine, 'words'>, command: string[], options?: CommandOptions): Promise<string> {
  return must(['docker', ...words, ...command], options);
}

/** As `docker`, for a command whose failure says that something is not there: null. */
export function dockerSays({ words }: Pick<Engine, 'words'>, command: string[]): Promise<string | null> {
  return tried(['docker', ...words, ...command]);
}

async function tried(argv: string[]): Promise<string | null> {
  try {
    const { exitCode, stdout } = await run(argv, { timeoutMs: 10_000 });
    return exitCode === 0 ? stdout.trim() : null;
  } catch (error) {
    if (error instanceof LabError) return null; // no such program
    throw error;
  }
}

const TRY_NETEM = 'tc qdisc add dev lo root netem delay 1ms'.split(' ');

/** Whether the engine's kernel is seen, without a container, to have netem or not; null: it cannot be seen from here. */
export async function netemAtAGlance({ kernel }: Engine): Promise<boolean | null> {
  if (kernel !== release() || process.getuid?.() !== 0) return null;
  const { exitCode } = await run([
    'unshare',
    '--net',
    'sh',
    '-c',
    `command -v tc >/dev/null || exit 3; ${TRY_NETEM.join(' ')}`,
  ]);
  return exitCode === 3 ? null : exitCode === 0;
}

/** The same, by trying it in a container of `image` that is thrown away. */
export async function netemInAContainer(engine: Engine, image: string): Promise<boolean> {
  const [program = '', ...words] = TRY_NETEM;
  const box = ['--rm', '--network', 'none', '--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN', '--entrypoint', program];
  return (await dockerSays(engine, ['run', ...box, image, ...words])) !== null;
}
