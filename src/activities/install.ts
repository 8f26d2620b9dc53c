import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Client } from '../fleet/schema.ts';
import type { Host } from '../hosts/host.ts';
import { shown } from '../hosts/follow.ts';
import { version } from '../zerok/commands.ts';
import { clientProblem } from '../zerok/ground.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { inFolder } from './in-folder.ts';

type Build = NonNullable<Client['build']>;

/** Size, sha256 and full path; nothing where there is no such file. */
const LOOK =
  '[ -f "$1" ] || exit 0; wc -c <"$1"; sha256sum <"$1"; case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac';
const BUILD_MS = 60 * 60_000;
const LARGEST_BYTES = 512 * 1024 * 1024;

export interface Artefact {
  path: string;
  bytes: number;
  sha256: string;
}

/** The program as it was built last; undefined: not yet. @throws HostError */
export async function artefactOf(deps: Deps, { on, directory, artefact }: Build): Promise<Artefact | undefined> {
  const argv = inFolder(directory, ['sh', '-c', LOOK, 'sh', artefact]);
  const { stdout } = await deps.hosts.get(on).exec(argv, { timeoutMs: 60_000 });
  const [bytes, sum, path] = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim());
  return path === undefined ? undefined : { path, bytes: Number(bytes), sha256: sum?.slice(0, 64) ?? '' };
}

export interface Installed extends Artefact {
  machine: string;
  /** What the copy says of itself. */
  version: string;
  /** It was there already, byte for byte. */
  already: boolean;
}

export interface InstallOptions {
  /** Copies what was built before. */
  build: boolean;
  signal: AbortSignal;
  tell: (line: string) => void;
  /** What the build prints, as it comes. */
  output: (chunk: Buffer) => void;
}

/**
 * Builds a client's program where the fleet file says, copies it, proves the copy by size, sha256 and its own `--version`, and
 * only then puts it in the place of the old one. @throws GroundFailed with the machine, the command and what it said
 */
export async function install(deps: Deps, name: string, options: InstallOptions): Promise<Installed> {
  const client = deps.fleet.clients[name];
  const build = client?.build;
  if (!client || !build) throw failure('BadInput', `The fleet file has no \`build\` for the client \`${name}\`.`);
  if (options.build) await make(deps, build, options);
  const made = await artefactOf(deps, build);
  if (!made)
    throw failure('GroundFailed', `No \`${build.artefact}\` in \`${build.directory}\` on ${build.on}: build it first.`);
  const [path = ''] = client.command;
  const [from, to] = [deps.hosts.get(build.on), deps.hosts.get(client.machine)];
  const copy = { ...made, path };
  const already = await isThere(to, copy);
  if (!already) {
    options.tell(`copying ${made.bytes} bytes from ${build.on}:${made.path} to ${client.machine}:${path}`);
    await carry(from, made, to, copy);
  }
  const says = await prove(to, name, already ? path : `${path}.new`, client.command.slice(1));
  if (!already) await must(to, ['mv', '-f', '--', `${path}.new`, path]);
  return { ...copy, machine: client.machine, version: says, already };
}

async function make(deps: Deps, { on, directory, command }: Build, { tell, signal, output }: InstallOptions) {
  tell(`building on ${on}, in ${directory}: ${shown(command)}`);
  const argv = inFolder(directory, command);
  const built = await deps.hosts.get(on).exec(argv, { timeoutMs: BUILD_MS, signal, onOutput: output });
  if (built.exitCode === 0) return;
  const missing =
    built.exitCode === 127 ? ` Install it there${command[0] === 'cross' ? ': `cargo install cross`' : ''}.` : '';
  const said = `${built.stdout}\n${built.stderr}`.trim().slice(-1_500);
  throw failure(
    'GroundFailed',
    `${shown(command)} in \`${directory}\` on ${on} exited ${built.exitCode}.${missing}\n${said}`,
  );
}

async function carry(from: Host, made: Artefact, to: Host, { path }: Artefact): Promise<void> {
  const content = await from.get(made.path, { maxBytes: LARGEST_BYTES });
  const sum = createHash('sha256').update(content).digest('hex');
  if (content.length !== made.bytes || sum !== made.sha256)
    throw altered(`${made.path} changed while it was copied`, made);
  await must(to, ['mkdir', '-p', '--', dirname(path)]);
  await to.put(`${path}.new`, content, { mode: 0o755 });
  if (!(await isThere(to, { ...made, path: `${path}.new` }))) throw altered(`${path}.new on ${to.name}`, made);
}

async function isThere(host: Host, { path, bytes, sha256 }: Artefact): Promise<boolean> {
  const { stdout } = await host.exec(['sh', '-c', 'wc -c <"$1" && sha256sum <"$1"', 'sh', path]);
  const [size, sum = ''] = stdout.trim().split('\n');
  return Number(size) === bytes && sum.startsWith(sha256);
}

const altered = (what: string, { bytes, sha256 }: Artefact) =>
  failure('GroundFailed', `${what} is not the ${bytes} bytes with sha256 ${sha256} that were built. Run it again.`);

/** A program that does not run here, or is of another version, never takes the place of one that did. */
async function prove(host: Host, name: string, path: string, rest: string[]): Promise<string> {
  const printed = await host.exec(version({ command: [path, ...rest] }), { timeoutMs: 30_000 });
  const wrong = clientProblem(name, path, printed);
  if (wrong === undefined) return printed.stdout.trim();
  throw failure('GroundFailed', `${wrong.problem} on ${host.name}; the old one was left as it is. ${wrong.fix}.`);
}

async function must(host: Host, argv: string[]): Promise<void> {
  const { exitCode, stderr } = await host.exec(argv);
  if (exitCode !== 0)
    throw failure('GroundFailed', `${shown(argv)} on ${host.name} exited ${exitCode}: ${stderr.trim()}`);
}
