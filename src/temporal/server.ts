import { join } from 'node:path';
import { Client, type Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { Settings } from '../config.ts';
import { privateFolder } from '../hosts/private-file.ts';
import { findTemporal } from './binary.ts';
import { dataConverterOf, skimmingConverterOf } from './codec/data-converter.ts';
import { down, open, prepare, TemporalError } from './connection.ts';
import {
  addressOf,
  launch,
  noteStopped,
  readRecord,
  running,
  serverFolder,
  uiUrlOf,
  type ServerRecord,
} from './embedded.ts';
import { withLock } from './lock.ts';
import { end } from './process.ts';

export { TemporalError } from './connection.ts';

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

const aloud: Say = (line) => process.stderr.write(`${line}\n`);

/** Starting takes 2 s; a first download half a minute or more. */
const LOCK_PATIENCE_MS = 300_000;
const STOP_PATIENCE_MS = 10_000;

/** The server that the settings name, else the embedded one, started when it does not run. @throws TemporalError */
export async function ensureServer(settings: Settings, say: Say = aloud): Promise<Server> {
  // One that is being started by somebody else does not answer yet: under the lock it does.
  const starting = settings.temporal.address === undefined ? () => undefined : rethrow;
  const found = await findServer(settings).catch(starting);
  if (found !== undefined) {
    return found;
  }
  privateFolder(serverFolder(settings.stateDir));
  return await locked(settings, async () => (await findUnlessDying(settings)) ?? (await start(settings, say)));
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

/** A process that is being killed still counts as alive for a moment, but answers nobody. */
async function findUnlessDying(settings: Settings): Promise<Server | undefined> {
  try {
    return await findServer(settings);
  } catch (error) {
    return settings.temporal.address === undefined && running(settings.stateDir) === undefined
      ? undefined
      : rethrow(error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}

/** Starts the embedded server again where it died; leaves it alone where a person stopped it. */
export async function reviveServer(settings: Settings, say: Say = aloud): Promise<void> {
  if (running(settings.stateDir) === undefined && readRecord(settings.stateDir)?.stopped !== true) {
    await ensureServer(settings, say);
  }
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
      // Before the end, or a worker that looks in between would start it again.
      noteStopped(settings.stateDir, record);
      await end(record.process, STOP_PATIENCE_MS);
    }
    return record !== undefined;
  });
}

/** A client on the server of these settings, and one for lists, descriptions and schedules (`skim`), which needs no key of the codec to read; `start: false` never starts the embedded one. @throws TemporalError */
export async function connect(
  settings: Settings,
  { start: mayStart = true, say = aloud }: { start?: boolean; say?: Say } = {},
): Promise<{ server: Server; connection: Connection; client: Client; skim: Client }> {
  const dataConverter = dataConverterOf(settings);
  const server = mayStart ? await ensureServer(settings, say) : await findServer(settings);
  if (server === undefined) {
    throw new TemporalError('the embedded Temporal server does not run; start it with `0k-chaos server start`');
  }
  const connection = await open(settings, server.address);
  const clientWith = (converter: DataConverter) =>
    new Client({ connection, namespace: server.namespace, dataConverter: converter });
  return { server, connection, client: clientWith(dataConverter), skim: clientWith(skimmingConverterOf(settings)) };
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
