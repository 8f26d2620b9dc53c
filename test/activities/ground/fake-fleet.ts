import type { Deps } from '../../../src/activities/deps.ts';
import type { Argv } from '../../../src/faults/argv.ts';
import { parseFleet } from '../../../src/fleet/load.ts';
import type { ContainerState, DockerEngine, ExecOptions, ExecResult, Host, Hosts } from '../../../src/hosts/host.ts';
import { HostError } from '../../../src/hosts/host.ts';

const FLEET = `name: fake
machines:
  q: { local: true }
  beast: { ssh: { host: beast.example, user: jimmyb }, addresses: [192.0.2.1], docker: {}, compose: { directory: ~/0k-sync, file: compose.yml } }
  guardian: { ssh: { host: guardian.example, user: jamesb }, addresses: [192.0.2.2] }
relays:
  relay-1: { machine: beast, service: relay-1, health: 'http://127.0.0.1:1/health' }
clients:
  q: { machine: q, data: /tmp/q }
  beast: { machine: beast, service: client-beast, data: /data }
  guardian:
    machine: guardian
    command: [/tmp/sync-cli-arm]
    data: /tmp/guardian
    build: { on: beast, directory: ~/0k-sync, command: [make], artefact: out/sync-cli }
`;

export type Answer = string | Partial<ExecResult> | Error;

/** What a machine of the test says and holds. */
export interface FakeMachine {
  /** To the words of a command; what is not known is not found, as in a shell. */
  says?: (argv: Argv, options: ExecOptions) => Answer | undefined;
  containers?: ContainerState[];
  /** Of a container, by its id, at the moment of asking. */
  log?: (id: string, options: Parameters<DockerEngine['logs']>[1]) => string;
  docker?: Partial<DockerEngine>;
  files?: Map<string, Buffer>;
}

export const PEER = 'a1'.repeat(32);

export const container = (service: string, over: Partial<ContainerState> = {}): ContainerState => ({
  ...{ id: `id-${service}`, name: `dist-chaos-${service}-1`, service, image: 'relay:1', status: 'running' },
  ...{
    startedAt: '2026-11-22T17:25:48.866258811Z',
    finishedAt: '0001-01-01T00:00:00Z',
    pid: 42,
    restarts: 0,
    sharesNetwork: false,
    exitCode: 0,
    health: 'healthy',
    addresses: ['172.30.0.2'],
    published: [],
  },
  ...over,
});

/** A fleet whose machines are the test's; `health`: where relay-1 answers. */
export function fakeDeps(machines: Record<string, FakeMachine>, { health }: { health?: string } = {}): Deps {
  const text = health === undefined ? FLEET : FLEET.replace('http://127.0.0.1:1/health', health);
  const known = new Map(Object.entries(machines).map(([name, machine]) => [name, fakeHost(name, machine)]));
  const hosts: Hosts = {
    get: (name) => known.get(name) ?? fakeHost(name, {}),
    close: () => Promise.resolve(),
  };
  const temporal = {} as Deps['temporal'];
  return { fleet: parseFleet(text, 'fleet.yml'), hosts, temporal, stateDir: '/nonexistent' };
}

function fakeHost(name: string, machine: FakeMachine): Host {
  const files = machine.files ?? new Map<string, Buffer>();
  return {
    name,
    exec: (argv, options = {}) => {
      if (options.signal?.aborted) return Promise.reject(new HostError('aborted', name, `${argv[0]} was aborted`));
      const said = machine.says?.(argv, options) ?? { exitCode: 127, stderr: `${argv[0]}: not found\n` };
      return said instanceof Error ? Promise.reject(said) : Promise.resolve(result(said));
    },
    put: (path, content) => Promise.resolve(void files.set(path, Buffer.from(content as string))),
    get: (path) => Promise.resolve(files.get(path) ?? Buffer.alloc(0)),
    docker: () => engine(machine),
    asRoot: () => Promise.resolve([]),
    control: () => Promise.resolve(null),
  };
}

export const result = (said: string | Partial<ExecResult>): ExecResult => ({
  ...{ exitCode: 0, signal: null, stdout: '', stderr: '', truncated: false, ms: 1 },
  ...(typeof said === 'string' ? { stdout: said } : said),
});

const engine = ({ containers = [], log = () => '', docker = {} }: FakeMachine): DockerEngine =>
  ({
    version: () => Promise.resolve({ version: '20.10.24', apiVersion: '1.41' }),
    project: () => Promise.resolve(containers),
    logs: (id: string, options?: Parameters<DockerEngine['logs']>[1]) => Promise.resolve(log(id, options)),
    ...docker,
  }) as DockerEngine;
