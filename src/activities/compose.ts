import type { Argv } from '../faults/argv.ts';
import type { Machine } from '../fleet/schema.ts';
import { shown } from '../hosts/follow.ts';
import type { Deps } from './deps.ts';
import { failure } from './failures.ts';
import { inFolder } from './in-folder.ts';

export interface ComposeOptions {
  signal: AbortSignal;
  tell: (line: string) => void;
  /** What Compose prints, as it comes. */
  output: (chunk: Buffer) => void;
}

/** A first build of the images takes long on a small machine. */
const COMPOSE_MS = 60 * 60_000;
const GIT_MS = 5 * 60_000;
const FIND =
  'docker compose version >/dev/null 2>&1 && echo plugin && exit; command -v docker-compose && exit; echo none';

/** Machines that relays run on. */
export const relayMachines = ({ fleet }: Deps): string[] => [
  ...new Set(Object.values(fleet.relays).map(({ machine }) => machine)),
];

/** Creates and starts what the Compose file describes; `build`: its images anew. */
export async function up(deps: Deps, machine: string, build: boolean, options: ComposeOptions): Promise<void> {
  const compose = await composeOn(deps, machine, options);
  if (compose === undefined && !build && (await startThoseThere(deps, machine, options))) return;
  const wanted = ['up', '-d', ...(build ? ['--build'] : []), ...(compose?.plugin === true ? ['--wait'] : [])];
  await run(deps, machine, compose, wanted, options);
}

/** A new container for one service, and nothing else; `build`: of an image built anew. */
export async function recreate(deps: Deps, machine: string, service: string, build: boolean): Promise<void> {
  const wanted = ['up', '-d', '--no-deps', '--force-recreate', ...(build ? ['--build'] : []), service];
  await run(deps, machine, await composeOn(deps, machine, SILENT), wanted, SILENT);
}

const SILENT: ComposeOptions = {
  signal: new AbortController().signal,
  tell: () => undefined,
  output: () => undefined,
};

/** Where Compose works on the machine, and by which words; `directory` is absolute. @throws BadInput, GroundFailed */
export async function composeFolder(deps: Deps, machine: string) {
  const { directory, file } = settingsOf(deps, machine);
  const compose = await composeOn(deps, machine, SILENT);
  if (compose === undefined) throw noCompose(machine, ['recreate']);
  const { stdout, stderr } = await deps.hosts.get(machine).exec(inFolder(directory, ['pwd']));
  if (stdout.startsWith('/')) return { directory: stdout.trim(), file, words: onEngine(deps, machine, compose) };
  throw failure('GroundFailed', `${machine}: no folder ${directory}: ${stderr.trim()}`);
}

/** Removes containers and network; `volumes`: and what the relays stored. */
export async function down(deps: Deps, machine: string, volumes: boolean, options: ComposeOptions): Promise<void> {
  const wanted = ['down', '--remove-orphans', ...(volumes ? ['--volumes'] : [])];
  await run(deps, machine, await composeOn(deps, machine, options), wanted, options);
}

/** The newest sources, where the folder is a checkout. @throws CommandFailed */
export async function pullSources(deps: Deps, machine: string, options: ComposeOptions): Promise<void> {
  const { directory } = settingsOf(deps, machine);
  const host = deps.hosts.get(machine);
  const look = await host.exec(inFolder(directory, ['git', 'rev-parse', '--is-inside-work-tree']));
  if (look.exitCode !== 0) return options.tell(`${directory} on ${machine} is no git checkout: it is built as it is`);
  const argv = ['git', 'pull', '--ff-only'];
  const { signal, output } = options;
  const pulled = await host.exec(inFolder(directory, argv), { timeoutMs: GIT_MS, signal, onOutput: output });
  if (pulled.exitCode === 0) return;
  const what = `${shown(argv)} in ${directory} on ${machine} exited ${pulled.exitCode}: ${pulled.stderr.trim()}`;
  throw failure('CommandFailed', `${what}. To build it as it is: \`--no-pull\`.`);
}

interface Compose {
  words: Argv;
  plugin: boolean;
}

async function composeOn(deps: Deps, machine: string, { tell }: ComposeOptions): Promise<Compose | undefined> {
  const { stdout } = await deps.hosts.get(machine).exec(['sh', '-c', FIND], { timeoutMs: 30_000 });
  const found = stdout.trim();
  if (found === 'plugin') return { words: ['docker', 'compose'], plugin: true };
  if (found === 'none' || found === '') return undefined;
  tell(`${machine} has no \`docker compose\`: using ${found} (version 1), and waiting for the relays ourselves`);
  return { words: [found], plugin: false };
}

async function run(
  deps: Deps,
  machine: string,
  compose: Compose | undefined,
  wanted: Argv,
  { signal, output, tell }: ComposeOptions,
): Promise<void> {
  const { directory, file } = settingsOf(deps, machine);
  if (compose === undefined) throw noCompose(machine, wanted);
  const rest = ['-f', file, '-p', deps.fleet.project, ...wanted];
  const argv = [...compose.words, ...rest];
  tell(`on ${machine}, in ${directory}: ${shown(argv)}`);
  const words = inFolder(directory, [...onEngine(deps, machine, compose), ...rest]);
  const ended = await deps.hosts.get(machine).exec(words, { timeoutMs: COMPOSE_MS, signal, onOutput: output });
  if (ended.exitCode === 0) return;
  const said = `${ended.stdout}\n${ended.stderr}`.trim().slice(-1_500);
  throw failure('CommandFailed', `${shown(argv)} in ${directory} on ${machine} exited ${ended.exitCode}:\n${said}`);
}

/** Whatever engine is the usual one there. */
const onEngine = ({ fleet }: Deps, machine: string, { words }: Compose): Argv => [
  ...['env', `DOCKER_HOST=unix://${fleet.machines[machine]?.docker?.socket ?? ''}`],
  ...words,
];

function settingsOf({ fleet }: Deps, machine: string): NonNullable<Machine['compose']> {
  const { compose } = fleet.machines[machine] ?? {};
  if (compose) return compose;
  const add = 'compose: { directory: ~/0k-sync, file: tests/chaos/docker-compose.distributed.yml }';
  throw failure('BadInput', `machines.${machine} has no \`compose\` in the fleet file. Add \`${add}\` to it.`);
}

const noCompose = (machine: string, [verb = '']: Argv) =>
  failure(
    'GroundFailed',
    `${machine} has neither \`docker compose\` nor \`docker-compose\`, and \`${verb}\` needs one. Install it there: docker-compose-plugin ` +
      '(Docker’s own packages) or docker-compose (Debian). Without it: `0k-chaos relays kill`, `start` and `restart` work all the same.',
  );

/** Without Compose: containers that are there can at least be started. False: not all are. */
async function startThoseThere(deps: Deps, machine: string, { tell }: ComposeOptions): Promise<boolean> {
  const docker = deps.hosts.get(machine).docker();
  const there = await docker.project(deps.fleet.project);
  const parts = [...Object.values(deps.fleet.relays), ...Object.values(deps.fleet.clients)];
  const wanted = parts.flatMap((part) =>
    part.machine === machine && part.service !== undefined ? [part.service] : [],
  );
  if (!wanted.every((service) => there.some((container) => container.service === service))) return false;
  const stopped = there.filter(({ status }) => status !== 'running');
  tell(`${machine} has no Compose: starting the ${stopped.length} containers of the project that do not run`);
  await Promise.all(stopped.map(({ id }) => docker.start(id)));
  return true;
}
