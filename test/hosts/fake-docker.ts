import { spawn, type ChildProcess } from 'node:child_process';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Speaks the Docker Engine API on a unix socket as engine 20.10 does: paths, codes, messages and framing are recorded from one.
 * An `exec` runs its words here, so that output, exit codes and death by signal are real.
 */
export interface FakeDocker {
  containers: FakeContainer[];
  /** `METHOD /path` of each request, the version prefix included. */
  requests: string[];
  stop(): Promise<void>;
}

export interface FakeContainer {
  id: string;
  name: string;
  status: 'running' | 'paused' | 'exited';
  labels: Record<string, string>;
  log: [stream: 1 | 2, text: string][];
  /** Where nothing has changed the engine says `null`. */
  changes?: { Path: string; Kind: number }[];
  /** In seconds since 1970. */
  pauses?: number[];
}

/** `State` of a container that runs, as `docker inspect` says it. */
export const RUNNING = {
  Status: 'running',
  StartedAt: '2026-11-22T17:25:48Z',
  FinishedAt: '0001-01-01T00:00:00Z',
  Pid: 1,
  ExitCode: 0,
};

export const container = (name: string, labels: Record<string, string> = {}): FakeContainer => ({
  ...{ id: Buffer.from(name).toString('hex').padEnd(64, '0'), name, labels, status: 'running' },
  log: [
    [1, `${name} says hello\n`],
    [2, 'and complains\n'],
  ],
});

export async function startFakeDocker(socketPath: string, apiVersion = '1.41', minimum = '1.12'): Promise<FakeDocker> {
  const fake = new Fake(apiVersion, minimum);
  await new Promise<void>((resolve) => fake.server.listen(socketPath, resolve));
  const stop = () =>
    new Promise<void>((resolve) => (fake.server.close(() => resolve()), fake.server.closeAllConnections()));
  return { containers: fake.containers, requests: fake.requests, stop };
}

interface FakeExec {
  container: FakeContainer;
  argv: string[];
  isTerminal: boolean;
  child?: ChildProcess;
  exitCode: number | null;
}

type Answer = [status: number, body?: unknown];

class Fake {
  readonly containers: FakeContainer[] = [];
  readonly requests: string[] = [];
  readonly server: Server;
  readonly #version: object;
  readonly #execs: FakeExec[] = [];

  constructor(ApiVersion: string, MinAPIVersion: string) {
    this.#version = { Version: '20.10.24', ApiVersion, MinAPIVersion };
    this.server = createServer((request, response) => {
      void this.#answer(request).then(([status, body]) => {
        response.writeHead(status, Buffer.isBuffer(body) ? {} : { 'content-type': 'application/json' });
        response.end(Buffer.isBuffer(body) || body === undefined ? body : JSON.stringify(body));
      });
    });
    this.server.on('upgrade', (request, socket: Socket, head: Buffer) => this.#start(request, socket, head.length));
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    this.requests.push(`${request.method} ${request.url}`);
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://docker');
    const [what = '', id = '', verb = ''] = pathname
      .replace(/^\/v[\d.]+/, '')
      .slice(1)
      .split('/');
    if (what === 'version') return [200, this.#version];
    if (what === 'events') return [200, this.#events(searchParams)];
    if (what === 'exec') return this.#inspectExec(Number(id));
    if (id === 'json') return [200, this.#list(searchParams.get('filters'))];
    const named = this.containers.find((one) => one.name === id || one.id === id);
    if (!named) return [404, { message: `No such container: ${id}` }];
    if (verb === 'json') return [200, inspect(named)];
    if (verb === 'logs')
      return [200, Buffer.concat(named.log.map(([stream, text]) => frame(stream, Buffer.from(text))))];
    if (verb === 'changes') return [200, named.changes ?? null];
    if (verb === 'exec')
      return this.#createExec(named, JSON.parse(Buffer.concat(body).toString()) as Record<string, unknown>);
    return act(named, verb);
  }

  #list(filters: string | null): object[] {
    const { label = [] } = JSON.parse(filters ?? '{}') as { label?: string[] };
    return this.containers
      .filter(({ labels }) =>
        label.every((wanted) => `${wanted.split('=')[0]}=${labels[wanted.split('=')[0] ?? '']}` === wanted),
      )
      .map(({ id, name, labels }) => ({ Id: id, Names: [`/${name}`], Labels: labels }));
  }

  /** Of the container that the filter names, a line each. */
  #events(asked: URLSearchParams): Buffer {
    const { container: [what] = [], event = [] } = JSON.parse(asked.get('filters') ?? '{}') as Record<string, string[]>;
    const isIn = (time: number) => time >= Number(asked.get('since')) && time <= Number(asked.get('until'));
    const pauses = this.containers.find(({ name, id }) => name === what || id === what)?.pauses?.filter(isIn) ?? [];
    const lines = pauses.map((time) => `${JSON.stringify({ Type: 'container', Action: 'pause', time })}\n`);
    return Buffer.from(event.includes('pause') ? lines.join('') : '');
  }

  #createExec(named: FakeContainer, body: Record<string, unknown>): Answer {
    if (named.status === 'paused')
      return [409, { message: `Container ${named.id} is paused, unpause the container before exec` }];
    if (named.status !== 'running') return [409, { message: `Container ${named.id} is not running` }];
    this.#execs.push({
      container: named,
      argv: body['Cmd'] as string[],
      isTerminal: body['Tty'] === true,
      exitCode: null,
    });
    return [201, { Id: String(this.#execs.length - 1) }];
  }

  #inspectExec(id: number): Answer {
    const exec = this.#execs[id];
    const isRunning = exec?.exitCode === null;
    return [
      200,
      {
        Running: isRunning,
        ExitCode: exec?.exitCode,
        Pid: isRunning ? exec.child?.pid : 0,
        ContainerID: exec?.container.id,
      },
    ];
  }

  #start(request: IncomingMessage, socket: Socket, read: number): void {
    this.requests.push(`${request.method} ${request.url}`);
    const exec = this.#execs[Number(request.url?.split('/').at(-2))];
    if (!exec) return void socket.destroy();
    socket.write(
      'HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
    );
    const end = (code: number) => ((exec.exitCode ??= code), socket.end());
    const [file = '', ...words] = exec.argv;
    const child = (exec.child = spawn(file, words, { detached: true, stdio: 'pipe' }));
    const send = (stream: 1 | 2) => (chunk: Buffer) => socket.write(exec.isTerminal ? chunk : frame(stream, chunk));
    child.once('error', () => {
      send(1)(
        Buffer.from(
          `OCI runtime exec failed: exec failed: unable to start container process: exec: "${file}": executable file not found in $PATH: unknown\r\n`,
        ),
      );
      end(126);
    });
    child.stdout.on('data', send(1));
    child.stderr.on('data', send(2));
    child.once('close', (code, signal) => end(code ?? 128 + (signal === 'SIGKILL' ? 9 : 15)));
    child.stdin.on('error', () => undefined);
    // The client's request has a body, which comes before what it types.
    let skip = Math.max(0, Number(request.headers['content-length'] ?? 0) - read);
    socket.on('data', (chunk: Buffer) => {
      child.stdin.write(chunk.subarray(skip));
      skip = Math.max(0, skip - chunk.length);
    });
    socket.on('end', () => child.stdin.end()).on('error', () => undefined);
  }
}

function act(named: FakeContainer, verb: string): Answer {
  const conflict = (what: string): Answer => [409, { message: `Container ${named.id} is ${what}` }];
  const isUp = named.status !== 'exited';
  const to = (status: FakeContainer['status']): Answer => ((named.status = status), [204]);
  if (verb === 'start') return isUp ? [304] : to('running');
  if (verb === 'stop') return isUp ? to('exited') : [304];
  if (verb === 'restart') return to('running');
  if (verb === 'kill')
    return isUp
      ? to('exited')
      : [409, { message: `Cannot kill container: ${named.name}: Container ${named.id} is not running` }];
  if (verb === 'pause')
    return named.status === 'running' ? to('paused') : conflict(isUp ? 'already paused' : 'not running');
  if (verb === 'unpause')
    return named.status === 'paused' ? to('running') : [500, { message: `Container ${named.id} is not paused` }];
  return [404, { message: 'page not found' }];
}

const inspect = ({ id, name, status, labels }: FakeContainer): object => ({
  Id: id,
  Name: `/${name}`,
  State: {
    Status: status,
    Pid: status === 'exited' ? 0 : 4242,
    ExitCode: status === 'exited' ? 137 : 0,
    StartedAt: '2026-11-22T17:25:48.866258811Z',
    FinishedAt: '0001-01-01T00:00:00Z',
    Health: { Status: 'healthy' },
  },
  Config: { Image: 'relay:1', Labels: labels, Tty: false },
  HostConfig: {
    PortBindings: { '8080/tcp': [{ HostPort: '8090' }], '9000/udp': [{ HostPort: '8190' }], '1/tcp': null },
  },
  NetworkSettings: {
    Networks: {
      one: { IPAddress: '172.17.0.2', GlobalIPv6Address: '' },
      two: { IPAddress: '172.18.0.3', GlobalIPv6Address: 'fd00::3' },
    },
  },
});

function frame(stream: 1 | 2, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}
