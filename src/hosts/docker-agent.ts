import { Agent, type ClientRequest, type ClientRequestArgs, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';

type Created = (error: Error | null, stream: Duplex) => void;

/** No document of an engine comes near it; docker-modem would keep whatever arrives. */
const LARGEST_ANSWER = 16 * 1024 * 1024;
/** What is read piece by piece, and bounded by whoever reads it. */
const STREAMED = /\/(logs|archive|start|events)(\?|$)/;

type AddRequest = (this: Agent, request: ClientRequest, options: object) => void;
const { addRequest } = Agent.prototype as unknown as { addRequest: AddRequest };

/** `stop` and `restart` wait for the container themselves, and a busy engine is slow. One that hangs takes connections all the same. */
const ANSWER_MS = 60_000;

/** Ends a request that is not answered, and an answer that is larger than any that an engine has to give. */
export class BoundedAgent extends Agent {
  /** docker-modem inspects its options to any depth on each request: without this it walks the whole ssh2 client, 500 times slower. */
  [inspect.custom](): string {
    return `[${this.constructor.name}]`;
  }

  /** Called by Node for each request; missing in its types. */
  addRequest(request: ClientRequest, options: object): void {
    const late = setTimeout(() => end(request, `it gave no whole answer within ${ANSWER_MS / 1000} s`), ANSWER_MS);
    request.once('close', () => clearTimeout(late));
    request.once('response', (response) => {
      if (response.statusCode === 200 && STREAMED.test(request.path)) clearTimeout(late);
      else bound(request, response);
    });
    addRequest.call(this, request, options);
  }
}

function bound(request: ClientRequest, response: IncomingMessage): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LARGEST_ANSWER) end(request, `it answers more than ${LARGEST_ANSWER} bytes`, response);
  });
}

/** docker-modem hears of a whole document only from the request, of a stream only from the response. */
function end(request: ClientRequest, why: string, response?: IncomingMessage): void {
  const error = new Error(why);
  request.emit('error', error);
  (response ?? request).destroy(error);
}

/** Carries HTTP over streams of an SSH connection. */
export class StreamAgent extends BoundedAgent {
  readonly #open: () => Promise<Duplex>;

  constructor(open: () => Promise<Duplex>, keepAlive: boolean) {
    super({ keepAlive, maxFreeSockets: 4 });
    this.#open = open;
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
