import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { hold } from '../../src/activities/hold.ts';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import type { Steps } from '../../src/contract/steps.ts';
import { cut, eachOnItsMachine } from '../hosts/leased-machine.ts';
import { environment, type Environment } from '../workflows/environment.ts';
import { sweptDeps } from './swept-fleet.ts';

/** Half of the lease that a hold renews to: whoever healed it, that was not the lease. */
const LONG_MS = 10_000;
/** Longer than any hold renews to: once it is less, there was a hold. */
const UNHELD_SECONDS = 600;

describe('a run that is held by a real worker, on a real server', function () {
  this.timeout(120_000);
  const { machine, leases } = eachOnItsMachine();
  let here: Environment;
  let connection: NativeConnection;
  let workers: { worker: Worker; running: Promise<void> }[] = [];
  let taskQueue: string;
  let holds: Promise<void>[] = [];

  before(async () => {
    here = await environment();
    connection = await NativeConnection.connect({ address: here.address });
  });
  after(() => connection.close());
  beforeEach(() => {
    taskQueue = `held-${randomUUID()}`;
    holds = [];
  });
  afterEach(async () => {
    for (const { worker } of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.allSettled(workers.map(({ running }) => running));
    workers = [];
  });

  async function startWorker(): Promise<Worker> {
    const deps = sweptDeps(here.client, machine().host(), machine().host());
    const holding: Steps['hold'] = (ask) => {
      const ending = hold(deps)(ask);
      holds.push(ending);
      return ending;
    };
    const worker = await Worker.create({
      ...{ connection, taskQueue, activities: { hold: holding } },
      ...{ maxHeartbeatThrottleInterval: '1s', shutdownGraceTime: '1s', shutdownForceTime: '5s' },
    });
    workers.push({ worker, running: worker.run() });
    return worker;
  }

  /** A run whose hold is at work, and one fault of it. */
  async function heldRun(options: { workflowRunTimeout?: '4s' } = {}): Promise<WorkflowHandleWithFirstExecutionRunId> {
    const workflowId = `held-${randomUUID()}`;
    const args = [{ taskQueue }];
    const handle = await here.client.workflow.start('odd_held', {
      taskQueue: TASK_QUEUE,
      workflowId,
      args,
      ...options,
    });
    await leases().arm(cut('it', { owner: `${workflowId}/${handle.firstExecutionRunId}`, ttlSeconds: UNHELD_SECONDS }));
    await untilHeld();
    return handle;
  }

  async function untilHeld(): Promise<void> {
    const seconds = async () => (await leases().list()).map((entry) => (entry.state === 'leased' ? entry.seconds : 0));
    while (((await seconds())[0] ?? 0) > 20) await pause(50);
  }

  async function untilHealed(what: string): Promise<void> {
    const startedAt = Date.now();
    while ((await leases().list()).length > 0) {
      assert.ok(Date.now() - startedAt < LONG_MS, 'still there');
      await pause(50);
    }
    process.stderr.write(`        ${what}: healed ${((Date.now() - startedAt) / 1000).toFixed(1)} s later\n`);
    await holds.shift()?.catch(() => undefined);
  }

  it('is healed when it is terminated', async () => {
    await startWorker();
    await (await heldRun()).terminate('the test ends it');
    await untilHealed('terminated');
  });

  it('is healed when it is deleted', async () => {
    await startWorker();
    const { workflowId } = await heldRun();
    await here.client.workflowService.deleteWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId },
    });
    await untilHealed('deleted');
  });

  it('is healed when its time is out', async () => {
    await startWorker();
    const handle = await heldRun({ workflowRunTimeout: '4s' });
    await assert.rejects(handle.result());
    await untilHealed('timed out');
  });

  it('is healed when it is reset, while the run that goes on is held', async () => {
    await startWorker();
    const { workflowId, firstExecutionRunId: runId } = await heldRun();
    const request = {
      ...{ namespace: 'default', workflowExecution: { workflowId, runId }, requestId: randomUUID() },
      ...{ reason: 'the test resets it', workflowTaskFinishEventId: 4 as unknown as null },
    };
    const again = (await here.client.workflowService.resetWorkflowExecution(request)) as { runId: string };
    await untilHealed('reset');
    await leases().arm(cut('new', { owner: `${workflowId}/${again.runId}`, ttlSeconds: UNHELD_SECONDS }));
    await untilHeld();
    await here.client.workflow.getHandle(workflowId).terminate();
    await untilHealed('the run after the reset, terminated');
  });

  it('goes on being held by another worker when its own one shuts down, and is not healed', async () => {
    const first = await startWorker();
    const handle = await heldRun();
    await leases().renew(`${handle.workflowId}/${handle.firstExecutionRunId}`, UNHELD_SECONDS);
    first.shutdown();
    await workers[0]?.running;
    await holds.shift()?.catch(() => undefined);
    assert.equal((await leases().list()).length, 1, 'it lives');
    await startWorker();
    await untilHeld();
    await handle.terminate('the test ends it');
    await untilHealed('terminated after the hand-over');
  });
});
