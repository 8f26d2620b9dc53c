import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import type { Argv } from '../faults/argv.ts';
import { dockerError, statusOf } from './docker-errors.ts';
import { firstEvent } from './docker-events.ts';
import { containerExec, type KillOnHost } from './docker-exec.ts';
import { demultiplex } from './docker-frames.ts';
import { openLogs } from './docker-logs.ts';
import type { DockerRoute } from './docker-route.ts';
import { changed, DELETED, listed, readAnswer, stateOf, versions } from './docker-state.ts';
import { asText } from './follow.ts';
import { HostError, type ContainerState, type DockerEngine, type ExecOptions, type ExecResult } from './host.ts';
import { Head, Tail } from './tail.ts';

const MIB = 1024 * 1024;
/** `stop` and `restart` wait 10 s for the container themselves, and a busy engine is slow. */
const CALL_MS = 60_000;
/** Signals that a container does not survive: it being down is what they were for. */
const DEADLY = /^(SIG)?(KILL|TERM|INT|QUIT|9|15|2|3)$/i;

/** The Docker engine of a machine, over dockerode. */
export class Engine implements DockerEngine {
  readonly #host: string;
  readonly #route: DockerRoute;
  readonly #killOnHost: KillOnHost;

  constructor(host: string, route: DockerRoute, killOnHost: KillOnHost) {
    this.#host = host;
    this.#route = route;
    this.#killOnHost = killOnHost;
  }

  async version(): Promise<{ version: string; apiVersion: string }> {
    const answer = await this.#call('version', (api) => api.version());
    const { Version: version, ApiVersion: apiVersion } = readAnswer(this.#host, 'version', versions, answer);
    return { version, apiVersion };
  }

  async inspect(what: string): Promise<ContainerState> {
    const answer = await this.#on(what, 'inspect', (container, abortSignal) => container.inspect({ abortSignal }));
    return stateOf(this.#host, what, answer);
  }

  async project(name: string, service?: string): Promise<ContainerState[]> {
    const ofService = service === undefined ? [] : [`com.docker.compose.service=${service}`];
    const label = [`com.docker.compose.project=${name}`, ...ofService];
    const answer = await this.#call('list', (api, abortSignal) =>
      api.listContainers({ all: true, filters: { label }, abortSignal }),
    );
    const there = readAnswer(this.#host, 'ps', listed, answer);
    const lasting = there.filter(({ Labels }) => Labels?.['com.docker.compose.oneoff'] !== 'True');
    const states = await Promise.all(lasting.map(({ Id }) => this.inspect(Id).catch(goneMeanwhile)));
    return states.filter((state) => state !== null).toSorted((a, b) => a.name.localeCompare(b.name));
  }

  kill(what: string, signal: string): Promise<void> {
    const isDown = (state: ContainerState) => DEADLY.test(signal) && state.pid === 0;
    return this.#act(what, 'kill', isDown, (container, abortSignal) => container.kill({ signal, abortSignal }));
  }

  stop(what: string): Promise<void> {
    return this.#act(
      what,
      'stop',
      ({ pid }) => pid === 0,
      (container, abortSignal) => container.stop({ abortSignal }),
    );
  }

  start(what: string): Promise<void> {
    return this.#act(
      what,
      'start',
      ({ pid }) => pid > 0,
      (container, abortSignal) => container.start({ abortSignal }),
    );
  }

  restart(what: string): Promise<void> {
    return this.#act(
      what,
      'restart',
      () => false,
      (container, abortSignal) => container.restart({ abortSignal }),
    );
  }

  pause(what: string): Promise<void> {
    const isPaused = ({ status }: ContainerState) => status === 'paused';
    return this.#act(what, 'pause', isPaused, (container, abortSignal) => container.pause({ abortSignal }));
  }

  unpause(what: string): Promise<void> {
    const runs = ({ status }: ContainerState) => status === 'running';
    return this.#act(what, 'unpause', runs, (container, abortSignal) => container.unpause({ abortSignal }));
  }

  async exec(what: string, argv: Argv, options: ExecOptions = {}): Promise<ExecResult> {
    const place = { host: this.#host, container: what, killOnHost: this.#killOnHost };
    return this.#on(what, 'exec', async (container) => asText(await containerExec(place, container, argv, options)));
  }

  async logs(
    what: string,
    { maxBytes = 4 * MIB, firstBytes, ...span }: NonNullable<Parameters<DockerEngine['logs']>[1]> = {},
  ): Promise<string> {
    const kept = firstBytes === undefined ? new Tail(maxBytes) : new Head(firstBytes);
    await this.#call(`logs ${what}`, async (api, signal) => {
      const enough = (chunk: Buffer): boolean => (kept.push(chunk), kept instanceof Head && kept.full);
      await drain(api, what, span, signal, enough);
    });
    return kept.bytes().toString();
  }

  async followLogs(
    what: string,
    take: (chunk: Buffer) => void,
    { tail, signal, follow = true }: { tail: number; signal: AbortSignal; follow?: boolean },
  ): Promise<void> {
    try {
      await this.#call(`logs ${what}`, (api) =>
        drain(api, what, { follow, tail }, signal, (chunk) => (take(chunk), false)),
      );
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  pausedAt(what: string, since: number, until: number): Promise<number | undefined> {
    return this.#call(`events ${what}`, async (api, abortSignal) => {
      const filters = { container: [what], event: ['pause'] };
      const stream = await api.getEvents({ since, until, filters, abortSignal });
      return firstEvent(stream as Readable, 'pause');
    });
  }

  async changes(what: string): Promise<string[]> {
    const answer = await this.#on(what, 'diff', (container, abortSignal) => container.changes({ abortSignal }));
    return readAnswer(this.#host, 'diff', changed, answer).flatMap(({ Path, Kind }) =>
      Kind === DELETED ? [] : [Path],
    );
  }

  archive(what: string, path: string, { maxBytes = 4 * MIB } = {}): Promise<{ bytes: Buffer; truncated: boolean }> {
    return this.#on(what, `archive ${path} of`, async (container, abortSignal) => {
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of (await container.getArchive({ path, abortSignal })) as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > maxBytes) break;
      }
      return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), truncated: length > maxBytes };
    });
  }

  /** An action that was not needed (304, 409) has succeeded when a look confirms that. */
  async #act(what: string, verb: string, isDone: (state: ContainerState) => boolean, act: Use<unknown>): Promise<void> {
    try {
      await this.#on(what, verb, act);
    } catch (error) {
      const status = statusOf(error);
      if (status === undefined || ![304, 409, 500].includes(status) || !isDone(await this.inspect(what))) throw error;
    }
  }

  #on<T>(what: string, verb: string, use: Use<T>): Promise<T> {
    return this.#call(`${verb} ${what}`, (api, signal) => use(api.getContainer(what), signal));
  }

  async #call<T>(what: string, use: (api: Dockerode, signal: AbortSignal) => Promise<T>): Promise<T> {
    const api = await this.#route.api();
    const signal = AbortSignal.timeout(CALL_MS);
    try {
      return await use(api, signal);
    } catch (error) {
      throw error instanceof HostError ? error : await dockerError(this.#host, what, api, error);
    }
  }
}

/** Reads the log until its end, or until `enough` says so. */
async function drain(
  api: Dockerode,
  what: string,
  span: Parameters<typeof openLogs>[2],
  signal: AbortSignal,
  enough: (chunk: Buffer) => boolean,
): Promise<void> {
  const { Config } = (await api.getContainer(what).inspect({ abortSignal: signal })) as { Config?: { Tty?: boolean } };
  const stream = await openLogs(api, what, span, signal);
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer) => void (enough(chunk) && (resolve(), stream.destroy()));
    stream.on('data', Config?.Tty === true ? take : demultiplex({ stdout: take, stderr: take }));
    stream.once('end', resolve).once('error', reject);
  });
}

type Use<T> = (container: Dockerode.Container, signal: AbortSignal) => Promise<T>;

const goneMeanwhile = (error: unknown): null => {
  if (error instanceof HostError && error.kind === 'missing') return null;
  throw error;
};
