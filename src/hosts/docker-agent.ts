import { Agent, type ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';

type Created = (error: Error | null, stream: Duplex) => void;

/** Carries HTTP over streams of an SSH connection. */
export class StreamAgent extends Agent {
  readonly #open: () => Promise<Duplex>;

  constructor(open: () => Promise<Duplex>, keepAlive: boolean) {
    super({ keepAlive, maxFreeSockets: 4 });
    this.#open = open;
  }

  /** docker-modem inspects its options to any depth on each request: without this it walks the whole ssh2 client, 500 times slower. */
  [inspect.custom](): string {
    return '[StreamAgent]';
  }

  override createConnection(_options: ClientRequestArgs, created?: Created): undefined {
    this.#open().then(
      (stream) => created?.(null, asSocket(stream)),
      (error: Error) => created?.(error, undefined as never),
    );
  }
}

/** Node's HTTP client calls a few methods that only sockets have. */
function asSocket(stream: Duplex): Duplex {
  const same = () => stream;
  return Object.assign(stream, {
    setKeepAlive: same,
    setNoDelay: same,
    setTimeout: same,
    ref: same,
    unref: same,
    destroySoon: () => stream.destroy(),
  });
}
