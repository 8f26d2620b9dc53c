import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { Settings } from '../config.ts';
import { findTemporal } from './binary.ts';
import { addressOf, launch, readRecord, running, serverFolder, uiUrlOf, type ServerRecord } from './embedded.ts';
import { withLock } from './lock.ts';
import { ensureNamespace, ensureSearchAttributes, hasNamespace } from './namespace.ts';
import { end } from './process.ts';

type Say = (line: string) => void;

/** A Temporal server that answers, with our namespace and search attributes. */
export interface Server {
  address: string;
  namespace: string;
  /** Null: not ours, so we do not know. */
  uiUrl: string | null;
  /** Ours: an embedded server of this state folder. */
  owned: boolean;
  startedNow: boolean;
}

/** Temporal is down, or not as a run needs it. */
export class TemporalError extends Error {
  override name = 'TemporalError';
  readonly kind = 'GroundFailed';
}

const aloud: Say = (line) => process.stderr.write(`${line}\n`);

/** Starting takes 2 s; a first download half a minute or more. */
const LOCK_PATIENCE_MS = 300_000;
const CONNECT_TIMEOUT = '5s';
const STOP_PATIENCE_MS = 10_000;

/** The server that the settings name, else the embedded one, started when it does not run. @throws TemporalError */
export async function ensureServer(settings: Settings, say: Say = aloud): Promise<Server> {
  // One that is being started by somebody else does not answer yet: under the lock it does.
  const starting = settings.temporal.address === undefined ? () => undefined : rethrow;
  const found = await findServer(settings).catch(starting);
  if (found !== undefined) {
    return found;
  }
  mkdirSync(serverFolder(settings.stateDir), { recursive: true, mode: 0o700 });
  return await locked(settings, async () => (await findServer(settings)) ?? (await start(settings, say)));
}

/** The same, but starts nothing. Undefined: the embedded server does not run. @throws TemporalError when a server is there but of no use */
export async function findServer(settings: Settings): Promise<Server | undefined> {
  const { address, namespace } = settings.temporal;
  if (address !== undefined) {
    await prepare(settings, address, false);
    return { address, namespace, uiUrl: null, owned: false, startedNow: false };
  }
  const record = running(settings.stateDir);
  if (record === undefined) {
    return undefined;
  }
  await prepare(settings, addressOf(record), true);
  return embedded(settings, record, false);
}

function rethrow(error: unknown): never {
  throw error;
}

/** What is known of the embedded server, alive or not; touches nothing. */
export function embeddedState(settings: Settings): { alive: boolean; record: ServerRecord | undefined } {
  return { alive: running(settings.stateDir) !== undefined, record: readRecord(settings.stateDir) };
}

/** Ends the embedded server. False: it did not run. Runs go on when it is started again. */
export async function stopServer(settings: Settings): Promise<boolean> {
  if (running(settings.stateDir) === undefined) {
    return false;
  }
  return await locked(settings, async () => {
    const record = running(settings.stateDir);
    if (record !== undefined) {
      await end(record.process, STOP_PATIENCE_MS);
    }
    return record !== undefined;
  });
}

/** A client on the server of these settings; `start: false` never starts the embedded one. @throws TemporalError */
export async function connect(
  settings: Settings,
  { start: mayStart = true, say = aloud }: { start?: boolean; say?: Say } = {},
): Promise<{ server: Server; connection: Connection; client: Client }> {
  const server = mayStart ? await ensureServer(settings, say) : await findServer(settings);
  if (server === undefined) {
    throw new TemporalError('the embedded Temporal server does not run; start it with `0k-chaos server start`');
  }
  const connection = await open(settings, server.address);
  return { server, connection, client: new Client({ connection, namespace: server.namespace }) };
}

/** The connection that a worker polls through. */
export async function nativeConnect(settings: Settings, server: Server): Promise<NativeConnection> {
  const { NativeConnection } = await import('@temporalio/worker');
  try {
    return await NativeConnection.connect({ ...settings.temporal.connectionOptions, address: server.address });
  } catch (error) {
    throw down(settings, server.address, error);
  }
}

async function start(settings: Settings, say: Say): Promise<Server> {
  const before = readRecord(settings.stateDir);
  try {
    const binary = await findTemporal(settings, say);
    const record = await launch(settings.stateDir, settings.temporal.namespace, binary);
    await prepare(settings, addressOf(record), true);
    const again = before === undefined ? 'started' : 'started again on the same database';
    say(
      `Temporal ${record.version} ${again} at ${addressOf(record)} (\`${record.binary}\`, from ${record.from}), UI ${uiUrlOf(record)}`,
    );
    return embedded(settings, record, true);
  } catch (error) {
    throw error instanceof TemporalError
      ? error
      : new TemporalError(`the embedded Temporal server does not start: ${(error as Error).message}`, { cause: error });
  }
}

const embedded = ({ temporal: { namespace } }: Settings, record: ServerRecord, startedNow: boolean): Server => ({
  address: addressOf(record),
  namespace,
  uiUrl: uiUrlOf(record),
  owned: true,
  startedNow,
});

const locked = <T>(settings: Settings, body: () => Promise<T>): Promise<T> =>
  withLock(join(serverFolder(settings.stateDir), 'lock'), LOCK_PATIENCE_MS, body);

/** Namespace and search attributes are there afterwards. Of somebody else's server only the attributes are touched. */
async function prepare(settings: Settings, address: string, ours: boolean): Promise<void> {
  const { namespace } = settings.temporal;
  const connection = await open(settings, address);
  try {
    if (ours) {
      await ensureNamespace(connection, namespace);
    } else if (!(await hasNamespace(connection, namespace))) {
      const create = `temporal operator namespace create --address ${address} --namespace ${namespace} --retention 30d`;
      throw new TemporalError(
        `no namespace \`${namespace}\` on the Temporal server at ${address}; create it with \`${create}\``,
      );
    }
    await ensureSearchAttributes(connection, namespace);
  } catch (error) {
    throw error instanceof TemporalError
      ? error
      : new TemporalError(`Temporal at ${address}: ${(error as Error).message}`, { cause: error });
  } finally {
    await connection.close();
  }
}

async function open(settings: Settings, address: string): Promise<Connection> {
  try {
    return await Connection.connect({
      ...settings.temporal.connectionOptions,
      address,
      connectTimeout: CONNECT_TIMEOUT,
    } as Parameters<typeof Connection.connect>[0]);
  } catch (error) {
    throw down(settings, address, error);
  }
}

function down(settings: Settings, address: string, error: unknown): TemporalError {
  const wayOut =
    settings.temporal.address === undefined
      ? 'end it with `0k-chaos server stop` and try again'
      : 'check TEMPORAL_ADDRESS and the profile, or leave both out to use the embedded server';
  return new TemporalError(`no Temporal server answers at ${address} (${(error as Error).message}); ${wayOut}`, {
    cause: error,
  });
}
