import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { HEAL_QUEUE, HOLD_QUEUE, TASK_QUEUE } from '../../src/contract/names.ts';
import { dataConverterOf, FAILURE_CONVERTER } from '../../src/temporal/codec/data-converter.ts';
import { makeKeys } from '../../src/temporal/codec/key-file.ts';
import { ensureNamespace, ensureSearchAttributes } from '../../src/temporal/namespace.ts';
import { bundle, bundleOf, environment } from './environment.ts';
import { fakeActivities } from './fake-activities.ts';
import { suiteActivities } from './suite-activities.ts';

export const NAMESPACE = 'encrypted';

/** A namespace of the tests' server in which everybody has the codec: a key file, a client and workers. */
export interface EncryptedServer {
  address: string;
  dir: string;
  keyFile: string;
  /** With the codec. */
  client: Client;
  dataConverter: DataConverter;
  /** Polls another queue of the same namespace, with no codec. */
  workWithout(taskQueue: string): Promise<Worker>;
  close(): Promise<void>;
}

export async function encryptedServer(): Promise<EncryptedServer> {
  const { address } = await environment();
  const dir = mkdtempSync(path.join(tmpdir(), '0k-chaos-encrypted-'));
  const keyFile = path.join(dir, 'codec.json');
  makeKeys(keyFile);
  const dataConverter = dataConverterOf({ codecKeyFile: keyFile });
  const connection = await Connection.connect({ address });
  await ensureNamespace(connection, NAMESPACE);
  await ensureSearchAttributes(connection, NAMESPACE);
  const client = new Client({ connection, namespace: NAMESPACE, dataConverter });
  const native = await NativeConnection.connect({ address });
  const [sealing, plain] = await Promise.all([encryptedBundle(), bundle()]);
  const activities = { ...fakeActivities(client), ...suiteActivities() };
  const common = { connection: native, namespace: NAMESPACE, activities, shutdownGraceTime: 0 };
  const workers = await Promise.all([
    Worker.create({ ...common, dataConverter, taskQueue: TASK_QUEUE, workflowBundle: sealing }),
    Worker.create({ ...common, dataConverter, taskQueue: HEAL_QUEUE }),
    Worker.create({ ...common, dataConverter, taskQueue: HOLD_QUEUE }),
  ]);
  const running = workers.map((worker) => worker.run());
  return {
    ...{ address, dir, keyFile, client, dataConverter },
    async workWithout(taskQueue) {
      const worker = await Worker.create({
        ...common,
        dataConverter: dataConverterOf({}),
        taskQueue,
        workflowBundle: plain,
      });
      workers.push(worker);
      running.push(worker.run());
      return worker;
    },
    async close() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.all(running);
      await Promise.all([native.close(), connection.close()]);
      rmSync(dir, { recursive: true });
    },
  };
}

let bundled: ReturnType<typeof bundleOf> | undefined;

/** As a worker with the codec makes it. */
export const encryptedBundle = (): ReturnType<typeof bundleOf> =>
  (bundled ??= bundleOf('../../src/workflows/entry.cjs', { failureConverterPath: FAILURE_CONVERTER }));
