import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { SEARCH_ATTRIBUTES } from '../contract/names.ts';

/** How long closed runs can be looked at: a dev server's own default of one day loses the nights. */
const RETENTION_SECONDS = 30 * 24 * 3600;

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED_VALUE_TYPE = { Keyword: 2, Int: 3, Bool: 5, KeywordList: 7 } as const;

const SPREAD_MS = 30_000;

/** gRPC status codes. */
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;

/** Makes the namespace exist with at least our retention. Only for a server of our own. */
export async function ensureNamespace(connection: Connection, namespace: string): Promise<void> {
  const service = connection.workflowService;
  const workflowExecutionRetentionPeriod = msToTs(RETENTION_SECONDS * 1000);
  const found = await describe(connection, namespace);
  if (found === undefined) {
    await service.registerNamespace({ namespace, workflowExecutionRetentionPeriod }).catch(unless(ALREADY_EXISTS));
    await known(connection, namespace);
  } else if (Number(found.config?.workflowExecutionRetentionTtl?.seconds ?? 0) < RETENTION_SECONDS) {
    await service.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: workflowExecutionRetentionPeriod },
    });
  }
}

/** A new namespace takes a moment (measured: 1 s) to be known to all parts of the server. */
async function known(connection: Connection, namespace: string): Promise<void> {
  const deadline = Date.now() + SPREAD_MS;
  while (
    (await connection.operatorService.listSearchAttributes({ namespace }).catch(unless(NOT_FOUND))) === undefined
  ) {
    if (Date.now() > deadline) {
      throw new Error(`the new namespace \`${namespace}\` is still unknown after ${SPREAD_MS / 1000} s`);
    }
    await pause(200);
  }
}

export const hasNamespace = async (connection: Connection, namespace: string): Promise<boolean> =>
  (await describe(connection, namespace)) !== undefined;

async function describe(connection: Connection, namespace: string) {
  try {
    return await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    return unless(NOT_FOUND)(error);
  }
}

/** Registers what is missing of our search attributes. @throws with the commands for a person who may, where we may not. */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) {
    return;
  }
  const searchAttributes = Object.fromEntries(
    missing.map((name) => [name, INDEXED_VALUE_TYPE[SEARCH_ATTRIBUTES[name]]]),
  );
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes }).catch(unless(ALREADY_EXISTS));
  } catch (error) {
    throw new Error(
      `search attributes are missing in the namespace \`${namespace}\` and may not be added by this caller (${(error as Error).message}). ` +
        `Somebody who may:\n${createCommands(namespace, missing)}`,
      { cause: error },
    );
  }
}

type AttributeName = keyof typeof SEARCH_ATTRIBUTES;

/** @throws when one of our names is registered with another type. */
export async function missingSearchAttributes(connection: Connection, namespace: string): Promise<AttributeName[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const names = Object.keys(SEARCH_ATTRIBUTES) as AttributeName[];
  return names.filter((name) => {
    const type = customAttributes[name];
    if (type !== undefined && type !== INDEXED_VALUE_TYPE[SEARCH_ATTRIBUTES[name]]) {
      throw new Error(
        `the search attribute \`${name}\` of the namespace \`${namespace}\` is not of type ${SEARCH_ATTRIBUTES[name]}; ` +
          `remove it there (\`temporal operator search-attribute remove --namespace ${namespace} --name ${name}\`), or use another namespace`,
      );
    }
    return type === undefined;
  });
}

const createCommands = (namespace: string, names: AttributeName[]): string =>
  names
    .map(
      (name) =>
        `  temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${SEARCH_ATTRIBUTES[name]}`,
    )
    .join('\n');

/** Swallows one gRPC status, passes everything else on. */
const unless =
  (code: number) =>
  (error: unknown): undefined => {
    if ((error as { code?: unknown }).code !== code) {
      throw error;
    }
  };
