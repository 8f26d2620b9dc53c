import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { loadSettings } from '../../src/config.ts';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import type { RunResult } from '../../src/contract/run.ts';
import { findTemporal } from '../../src/temporal/binary.ts';
import { serveCodec, type CodecServer } from '../../src/temporal/codec/http.ts';
import { skimmingConverterOf } from '../../src/temporal/codec/data-converter.ts';
import { makeKeys, readKeys, rotateKeys } from '../../src/temporal/codec/key-file.ts';
import { SealingCodec } from '../../src/temporal/codec/payload-codec.ts';
import { keepSweeping } from '../../src/temporal/sweeps.ts';
import { encodingsOf } from '../../src/zerok/leak-encodings.ts';
import { FLEET } from '../cli/fleets.ts';
import { bundle } from './environment.ts';
import { encryptedBundle, encryptedServer, NAMESPACE, type EncryptedServer } from './encrypted-server.ts';
import { worldFor } from './fake-activities.ts';
import { answers, refused, REFUSED, type Twist } from './twists.ts';

const MR = 'mr_01_relay_crash_failover';
/** What a person wrote, so that it can be searched for. */
const SUMMARY = 'a summary that nobody else is to read';
const run = promisify(execFile);

interface Said {
  code?: number;
  stdout: string;
  stderr: string;
}

describe('runs with the codec', function () {
  this.timeout(300_000);
  let server: EncryptedServer;
  let codec: CodecServer;
  let passed: WorkflowHandle;
  let failed: WorkflowHandle;
  let result: RunResult;
  let failure: string;
  before(async () => {
    server = await encryptedServer();
    codec = await serveCodec(new SealingCodec(server.keyFile), { port: 0, origins: [], token: 'token' });
    [passed, failed] = await Promise.all([start('passes', []), start('fails', [refused('push')])]);
    result = (await passed.result()) as RunResult;
    failure = await failed.result().then(String, messageOf);
  });
  after(async () => {
    await codec.close();
    await server.close();
  });

  function start(workflowId: string, twists: Twist[], taskQueue = TASK_QUEUE): Promise<WorkflowHandle> {
    worldFor(workflowId, twists);
    const shown = { staticSummary: SUMMARY, staticDetails: SUMMARY, memo: { note: SUMMARY } };
    return server.client.workflow.start(MR, { taskQueue, workflowId, args: [{ messages: 3 }], ...shown });
  }

  const messageOf = (error: unknown): string =>
    error instanceof WorkflowFailedError ? (error.cause?.message ?? '') : String(error);

  /** Everything the server keeps of it, and shows to whoever has no key. */
  async function kept(handle: WorkflowHandle): Promise<string> {
    const history = await handle.fetchHistory();
    const { raw } = await handle.describe();
    return `${historyToJSON(history)}\n${JSON.stringify(raw)}`;
  }

  function assertAbsent(text: string, secrets: string[]): void {
    assert.deepEqual(
      secrets.filter((secret) => holds(text, secret)),
      [],
    );
  }

  /** The CLI shows payloads as base64, failures as they are. */
  const holds = (text: string, word: string): boolean =>
    encodingsOf(word).some(({ bytes }) => text.includes(bytes.toString('latin1')));

  const temporal = async (...words: string[]): Promise<Said> => {
    const { path: program } = await findTemporal(loadSettings(), console.error);
    const where = ['--address', server.address, '--namespace', NAMESPACE, '--output', 'json'];
    return run(program, ['workflow', ...words, ...where], { maxBuffer: 2 ** 26 }).catch((error: Said) => error);
  };

  async function chaos(codecLine: string, ...words: string[]): Promise<Said> {
    const fleet = path.join(server.dir, 'fleet.yml');
    writeFileSync(fleet, `${FLEET}state: ./state\n${codecLine}`);
    const env = { ...process.env, TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: NAMESPACE };
    return run(process.execPath, ['bin/0k-chaos.js', ...words, '--fleet', fleet], { env }).catch(
      (error: Said) => error,
    );
  }

  it('end as without it', () => {
    assert.equal(result.verdict, 'passed');
    assert.match(failure, new RegExp(`inconclusive: .*${REFUSED}`));
  });

  it('leave no word of input, result, summary, memo, heartbeat or failure in clear with the server', async () => {
    const words = [
      '"messages":3',
      SUMMARY,
      result.because,
      result.claim.slice(0, 30),
      '"verdict":"passed"',
      '"healedBy"',
    ];
    assertAbsent(await kept(passed), words);
    const text = await kept(failed);
    assertAbsent(text, [...words, REFUSED, failure.slice(0, 30), 'refused by']);
    assert.match(text, /"message": "Encoded failure"/);
  });

  it('show what no codec covers: ids, types of workflows, activities and failures, search attributes', async () => {
    const text = await kept(failed);
    for (const name of ['fails', MR, 'CommandFailed', 'ChaosVerdict']) assert.ok(text.includes(name), name);
  });

  it('are shown by the `temporal` command with the codec server, and by it alone not', async () => {
    const blind = await temporal('show', '--workflow-id', 'passes');
    assertAbsent(blind.stdout, [result.because]);
    const seeing = await temporal('show', '--workflow-id', 'passes', '--codec-endpoint', codec.endpoint);
    assert.ok(holds(seeing.stdout, result.because), seeing.stderr);
    const failing = await temporal('show', '--workflow-id', 'fails', '--codec-endpoint', codec.endpoint);
    assert.ok(holds(failing.stdout, REFUSED), failing.stderr);
  });

  it('are started by the `temporal` command, in clear or through the codec server', async () => {
    for (const [id, more] of [
      ['in-clear', []],
      ['sealed', ['--codec-endpoint', codec.endpoint]],
    ] as const) {
      worldFor(id, []);
      const words = ['--workflow-id', id, '--type', MR, '--task-queue', TASK_QUEUE, '--input', '{"messages":2}'];
      const { stdout, stderr } = await temporal('execute', ...words, ...more);
      assert.ok(stdout.includes('COMPLETED'), stderr);
      assert.equal((await kept(server.client.workflow.getHandle(id))).includes('"messages":2'), false);
    }
  });

  it('are shown by our own CLI, which says what is wanting where it has no key or another one', async () => {
    const own = await chaos(`codec: { keyFile: ./codec.json }\n`, 'status', 'passes');
    assert.match(own.stdout, /PASSED/, own.stderr);
    assert.ok(own.stdout.includes(result.because.slice(0, 20)), own.stdout);
    const none = await chaos('', 'status', 'passes');
    assert.match(none.stderr, /encrypted \(key `.*`\), and no codec is set here; name the key file in the fleet file/);
    const id = makeKeys(path.join(server.dir, 'other.json'));
    const other = await chaos(`codec: { keyFile: ./other.json }\n`, 'status', 'passes');
    assert.match(other.stderr, new RegExp(`encrypted with the key \`.*\`, which is not in .*there: \`${id}\``));
    assert.deepEqual([own.code ?? 0, none.code, other.code], [0, 2, 2]);
    assert.doesNotMatch(none.stderr + other.stderr, /bug of 0k-chaos| at .*\.ts:/);
  });

  it('are listed, stopped and braked by whoever has no key', async () => {
    const lonely = await start('lonely', [], 'nobody');
    const status = await chaos('', 'status');
    assert.match(status.stdout, /passed .*passes/, status.stderr);
    const braked = await chaos('', 'brake', 'smoke');
    assert.match(braked.stdout, /1 run told to stop: lonely/, braked.stderr);
    await chaos('', 'brake', '--release');
    const aborted = await chaos('', 'abort', 'lonely', '--no-wait');
    assert.match(aborted.stdout, /lonely: asked to stop/, aborted.stderr);
    await lonely.terminate();
  });

  it('have schedules that are made anew where nobody has their key, and swept by none that nobody can read', async () => {
    const skim = (converter: DataConverter) =>
      new Client({ connection: server.client.connection, namespace: NAMESPACE, dataConverter: converter });
    assert.equal((await keepSweeping(server.client, 'sealed')).state, 'created');
    const without = skim(skimmingConverterOf({}));
    assert.equal((await keepSweeping(without, 'sealed')).state, 'updated');
    assert.equal((await keepSweeping(without, 'sealed')).state, 'unchanged');
    const { action } = await without.schedule.getHandle('sweep-sealed').describe();
    assert.equal(action.workflowExecutionTimeout, 3_600_000);
    await without.schedule.getHandle('sweep-sealed').delete();
  });

  it('go on through a rotation: running workers take the new key up when they meet it', async () => {
    const newest = await rotateKeys(server.keyFile);
    worldFor('rotated', [answers('push', [])]);
    const codecs = { payloadCodecs: [new SealingCodec(server.keyFile)] };
    const fresh = new Client({ connection: server.client.connection, namespace: NAMESPACE, dataConverter: codecs });
    const handle = await fresh.workflow.start(MR, { taskQueue: TASK_QUEUE, workflowId: 'rotated', args: [{}] });
    await handle.result().catch(() => undefined);
    const history = historyToJSON(await handle.fetchHistory());
    const key = Buffer.from(newest).toString('base64');
    assert.ok(history.split(key).length > 20, 'the worker goes on with the old key');
    assert.equal(((await passed.result()) as RunResult).because, result.because);
    assert.equal(readKeys(server.keyFile).length, 2);
  });

  it('wait, with a reason that the server shows, where a worker has no codec', async () => {
    const worker = await server.workWithout('no-codec');
    const handle = await start('waits', [], 'no-codec');
    try {
      const reason = /is encrypted \(key `[^`]+`\), and no codec is set here; name the key file in the fleet file/;
      for (;;) {
        const { raw } = await handle.describe();
        if (reason.test(JSON.stringify(raw.pendingWorkflowTask ?? ''))) break;
        const history = historyToJSON(await handle.fetchHistory());
        if (reason.test(history)) break;
        await new Promise((go) => setTimeout(go, 100));
      }
      assert.equal((await handle.describe()).status.name, 'RUNNING');
    } finally {
      await handle.terminate();
      worker.shutdown();
    }
  });

  it('are replayed with the key, and so are runs that were recorded in clear', async () => {
    const clear: unknown = JSON.parse(readFileSync(`test/histories/${MR}.passed.json`, 'utf8'));
    const late: unknown = JSON.parse(readFileSync(`test/histories/${MR}.failed.json`, 'utf8'));
    const histories = [
      { workflowId: 'passes', history: await passed.fetchHistory() },
      { workflowId: 'fails', history: await failed.fetchHistory() },
      { workflowId: `${MR}.passed.json`, history: clear },
      { workflowId: `${MR}.failed.json`, history: late },
    ];
    const { dataConverter } = server;
    const replayed = Worker.runReplayHistories({ workflowBundle: await encryptedBundle(), dataConverter }, histories);
    for await (const { workflowId, error } of replayed) assert.equal(error, undefined, workflowId);
    const without = Worker.runReplayHistories({ workflowBundle: await bundle() }, histories.slice(0, 1));
    for await (const { error } of without) assert.ok(error, 'it opened without a key');
  });
});
