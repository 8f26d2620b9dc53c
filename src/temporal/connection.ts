import { Connection } from '@temporalio/client';
import type { Settings } from '../config.ts';
import { ensureNamespace, ensureSearchAttributes, hasNamespace } from './namespace.ts';
import { whyRefused } from './ports.ts';

const CONNECT_TIMEOUT = '5s';

/** Temporal is down, or not as a run needs it. */
export class TemporalError extends Error {
  override name = 'TemporalError';
  readonly kind = 'GroundFailed';
}

/** Namespace and search attributes are there afterwards. Of somebody else's server only the attributes are touched. */
export async function prepare(settings: Settings, address: string, ours: boolean): Promise<void> {
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

/** gRPC tries a refused connection again until its time is over: we ask first. */
export async function open(settings: Settings, address: string): Promise<Connection> {
  try {
    const refused = await whyRefused(address);
    if (refused !== undefined) {
      throw refused;
    }
    return await Connection.connect({
      ...settings.temporal.connectionOptions,
      address,
      connectTimeout: CONNECT_TIMEOUT,
    } as Parameters<typeof Connection.connect>[0]);
  } catch (error) {
    throw down(settings, address, error);
  }
}

export function down(settings: Settings, address: string, error: unknown): TemporalError {
  const wayOut =
    settings.temporal.address === undefined
      ? 'end it with `0k-chaos server stop` and try again'
      : 'check TEMPORAL_ADDRESS and the profile, or leave both out to use the embedded server';
  return new TemporalError(`no Temporal server answers at ${address} (${(error as Error).message}); ${wayOut}`, {
    cause: error,
  });
}
