import { ask } from '../discovery/ask.ts';
import type { Resolved } from '../discovery/protocol.ts';
import type { LabEnv } from '../lab-env.ts';
import { type Connection, dial, TransportError } from '../wire/dial.ts';
import type { Identity } from '../wire/identity.ts';
import type { Message } from '../wire/message.ts';
import { MAX_DATAGRAM } from '../wire/packet.ts';

/** The operation failed at every relay it could turn to; the text is the product's. */
export class ClientError extends Error {
  override name = 'ClientError';
}

export interface ClientOptions {
  relays: string[];
  group: string;
  deviceName: string;
  me: Identity;
  env: LabEnv;
  /** Called at each sign of life of a relay. */
  onLife?: () => void;
}

/** Talks to the first relay that answers, and turns to the next when it stops answering. */
export class SyncClient {
  readonly #options: ClientOptions;
  #connection: Connection | null = null;
  /** The relay that answers now. */
  active: string | null = null;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** @throws ClientError */
  async connect(): Promise<void> {
    const { env, relays } = this.#options;
    await this.#connectTo(env.hasBug('no-failover') ? relays.slice(0, 1) : relays);
  }

  /**
   * Asks the active relay; when the way there fails, asks one other, once. `makeRequest` gets the relay it is for.
   * @throws ClientError
   */
  async request(makeRequest: (relay: string) => Message): Promise<Message> {
    try {
      return await this.#ask(makeRequest);
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
    }
    await this.#connectTo(this.#others());
    try {
      return await this.#ask(makeRequest);
    } catch (error) {
      throw error instanceof TransportError ? new ClientError(`transport error: ${error.message}`) : error;
    }
  }

  /** The bug `sends-plaintext`: what fits a datagram, beside the sealed ones. */
  sendInClear(plaintext: Buffer): void {
    this.#connection?.sendInClear(plaintext.subarray(0, MAX_DATAGRAM));
  }

  drop(): void {
    this.#connection?.drop();
    this.#connection = null;
  }

  #ask(makeRequest: (relay: string) => Message): Promise<Message> {
    if (this.#connection === null || this.active === null) throw new ClientError('not connected');
    return this.#connection.request(makeRequest(this.active));
  }

  /** The relays after the active one, then those before it. */
  #others(): string[] {
    const { env, relays } = this.#options;
    if (env.hasBug('no-failover')) return [];
    const at = relays.indexOf(this.active ?? '');
    return at < 0 ? relays : [...relays.slice(at + 1), ...relays.slice(0, at)];
  }

  async #connectTo(relays: string[]): Promise<void> {
    this.drop();
    const errors: string[] = [];
    for (const relay of relays) {
      try {
        this.#connection = await this.#greet(relay);
        this.active = relay;
        return;
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        errors.push(`${relay}: ${error.message}`);
      }
    }
    throw new ClientError(`all relays failed: ${errors.join('; ')}`);
  }

  async #greet(relay: string): Promise<Connection> {
    const { group, deviceName } = this.#options;
    const connection = await connectWithin(relay, this.#options);
    try {
      await connection.request({ kind: 'hello', group, deviceName, lastCursor: 0 });
      return connection;
    } catch (error) {
      connection.drop();
      throw error instanceof TransportError ? new TransportError(`transport error: ${error.message}`) : error;
    }
  }
}

/** ms: eleven days. */
const FOR_EVER = 1e9;

/** Finds the relay and shakes hands, all within the product's time for one relay. @throws TransportError */
async function connectWithin(relay: string, options: ClientOptions): Promise<Connection> {
  const { env, me, onLife } = options;
  const times = env.hasBug('hangs-when-cut') ? { connectMs: FOR_EVER, idleMs: FOR_EVER } : env.times;
  const startedAt = performance.now();
  if (!/^[0-9a-f]{64}$/i.test(relay))
    throw new TransportError('connection failed: connection failed: Invalid EndpointId');
  const id = relay.toLowerCase();
  const found = await ask<Resolved>(env.discovery, { op: 'resolve', id }, times.connectMs);
  if (found === null) throw new TransportError('connection failed: connection timeout');
  if (!found.known) {
    throw new TransportError(
      'connection failed: connection failed: Connection failed: No addressing information available',
    );
  }
  try {
    const connectMs = Math.max(100, times.connectMs - (performance.now() - startedAt));
    const { idleMs } = times;
    return await dial({ relayId: id, me, candidates: found.addresses, connectMs, idleMs, ...(onLife && { onLife }) });
  } catch (error) {
    throw error instanceof TransportError ? new TransportError(`connection failed: ${error.message}`) : error;
  }
}
