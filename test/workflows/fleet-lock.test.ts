import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import {
  ApplicationFailure,
  WithStartWorkflowOperation,
  type WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import {
  LOCK_ACQUIRE,
  LOCK_HOLDERS,
  LOCK_RAISE,
  LOCK_RELEASE,
  LOCK_WORKFLOW,
  lockIdOf,
} from '../../src/contract/fleet-lock.ts';
import type { LockReply, LockRequest, LockState } from '../../src/contract/fleet-lock.ts';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import { environment } from './environment.ts';
import { raw, startRaw } from './raw-input.ts';

const asks = (owner: string, exclusive: string[], shared: string[] = [], gone: string[] = []): LockRequest => ({
  ...{ owner, exclusive, shared, gone },
});

describe('the lock of a fleet', function () {
  this.timeout(60_000);
  let lock: WorkflowHandle;

  before(async () => {
    const { client } = await environment();
    lock = await client.workflow.start(LOCK_WORKFLOW, { taskQueue: TASK_QUEUE, workflowId: lockIdOf(randomUUID()) });
  });
  after(() => lock.terminate());

  const acquire = (request: LockRequest) =>
    lock.executeUpdate<LockReply, [LockRequest]>(LOCK_ACQUIRE, { args: [request] });
  const owners = async () => (await lock.query<LockState>(LOCK_HOLDERS)).holders.map(({ owner }) => owner);

  it('grants what is free, again to who holds it, and names the holder to others', async () => {
    const first = await acquire(asks('a/1', ['relay-1'], ['q']));
    assert.ok(first.granted);
    assert.deepEqual(await acquire(asks('a/1', ['relay-1'], ['q'])), first);
    const refused = await acquire(asks('b/1', ['relay-1']));
    assert.ok(!refused.granted);
    assert.deepEqual(
      refused.ahead.map(({ owner, wanted }) => [owner, wanted]),
      [['a/1', 'relay-1']],
    );
    assert.deepEqual(await owners(), ['a/1']);
  });

  it('lets several share, and nobody break what is shared', async () => {
    assert.equal((await acquire(asks('c/1', ['guardian'], ['q']))).granted, true);
    const refused = await acquire(asks('d/1', ['q']));
    assert.ok(!refused.granted && refused.ahead.every(({ wanted }) => wanted === 'q'));
    await lock.signal(LOCK_RELEASE, 'd/1');
  });

  it('is free again once released, and shows nobody who is not there', async () => {
    await lock.signal(LOCK_RELEASE, 'a/1');
    await lock.signal(LOCK_RELEASE, 'never/was');
    assert.deepEqual(await owners(), ['c/1', 'b/1'], 'the first in the line was granted at once');
    assert.deepEqual(await owners(), ['c/1', 'b/1']);
  });

  it('is taken over from who is gone', async () => {
    assert.equal((await acquire(asks('e/1', ['relay-1', 'guardian']))).granted, false);
    assert.equal((await acquire(asks('e/1', ['relay-1', 'guardian'], [], ['b/1', 'c/1']))).granted, true);
    assert.deepEqual(await owners(), ['e/1']);
  });

  it('gives a holder a token above one that a machine has seen, and nobody who holds nothing', async () => {
    const raise = (owner: string, floor: number) =>
      lock.executeUpdate<number | null, [string, number]>(LOCK_RAISE, { args: [owner, floor] });
    const { token = 0 } = (await lock.query<LockState>(LOCK_HOLDERS)).holders[0] ?? {};
    assert.equal(await raise('e/1', token), token, 'its own is not above it');
    assert.equal(await raise('e/1', token + 100), token + 101);
    assert.equal(await raise('e/1', 1), token + 101);
    assert.equal(await raise('never/was', token + 200), null);
    const next = await acquire(asks('f/1', ['f']));
    assert.ok(next.granted && next.token === token + 102);
    await lock.signal(LOCK_RELEASE, 'f/1');
  });

  it('outlives who cancels all that runs, as runs hold it until they have healed', async () => {
    await lock.cancel();
    assert.deepEqual(await owners(), ['e/1']);
    assert.equal((await acquire(asks('e/1', ['relay-1', 'guardian']))).granted, true);
    assert.equal((await lock.describe()).status.name, 'RUNNING');
  });

  it('can be read in the UI', async () => {
    const { currentDetails } = await lock.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    assert.match(currentDetails, /\| e\/1 \| relay-1, guardian \|.*\| holds, token \d+ \|/);
  });

  it('goes on in a new run when its history grows long, and forgets nobody', async () => {
    const { runId } = await lock.describe();
    assert.equal((await acquire(asks('w/1', ['guardian']))).granted, false);
    let last = await acquire(asks('e/1', []));
    for (let n = 0; n < 200 && (await lock.describe()).runId === runId; n += 5) {
      const replies = await Promise.all(Array.from({ length: 5 }, (_, i) => acquire(asks(`s/${n + i}`, [], ['x']))));
      last = replies.at(-1) as LockReply;
    }
    assert.notEqual((await lock.describe()).runId, runId);
    assert.equal((await owners())[0], 'e/1');
    assert.equal((await acquire(asks('w/1', ['guardian']))).granted, false, 'who waited still waits');
    await lock.signal(LOCK_RELEASE, 'e/1');
    assert.ok((await owners()).includes('w/1'), 'and is granted when it is free');
    const next = await acquire(asks('z/1', ['z']));
    assert.ok(next.granted && last.granted && next.token > last.token);
  });
});

describe('a lock that somebody starts by hand', function () {
  this.timeout(60_000);

  const start = async (workflowId: string, ...args: unknown[]): Promise<WorkflowHandle> =>
    (await environment()).client.workflow.start(LOCK_WORKFLOW, { taskQueue: TASK_QUEUE, workflowId, args });

  async function assertRefused(handle: WorkflowHandle, named: RegExp): Promise<void> {
    await assert.rejects(handle.result(), ({ cause }: WorkflowFailedError) => {
      assert.ok(cause instanceof ApplicationFailure && cause.type === 'BadInput', String(cause));
      assert.match(cause.message, named);
      return true;
    });
  }

  for (const input of [{ lastToken: 900_000_000_000_000 }, { lastToken: 'x' }, { holders: null }, {}, 'x', 0, false])
    it(`with the input ${JSON.stringify(input)} is refused, and in nobody's way`, async () => {
      const { client } = await environment();
      const workflowId = lockIdOf(randomUUID());
      const odd = await start(workflowId, input);
      await assertRefused(odd, /takes no input/);
      const { holders, waiting, lastToken } = await odd.query<LockState>(LOCK_HOLDERS);
      assert.deepEqual([holders, waiting, lastToken <= Date.now()], [[], [], true]);
      const startWorkflowOperation = new WithStartWorkflowOperation(LOCK_WORKFLOW, {
        ...{ workflowId, taskQueue: TASK_QUEUE, workflowIdConflictPolicy: 'USE_EXISTING' as const, args: [] },
      });
      const reply = await client.workflow.executeUpdateWithStart<Workflow, LockReply, [LockRequest]>(LOCK_ACQUIRE, {
        ...{ startWorkflowOperation, args: [asks('a/1', ['relay-1'])] },
      });
      assert.ok(reply.granted && reply.token <= Date.now());
      await client.workflow.getHandle(workflowId).terminate();
    });

  it('with bytes that nobody can read is refused', async () => {
    const workflowId = await startRaw(LOCK_WORKFLOW, [raw('bogus', 'x')], lockIdOf(randomUUID()));
    await assertRefused((await environment()).client.workflow.getHandle(workflowId), /takes no input/);
  });

  for (const workflowId of ['mr_01', 'fleet-lock/', 'x/fleet-lock/lab'])
    it(`under an id that is no lock's is refused: ${workflowId}`, async () => {
      await assertRefused(await start(workflowId), /has the id `fleet-lock\/NAME`/);
    });

  it('with no input, or null as some clients send it, is one', async () => {
    for (const args of [[], [null]]) {
      const handle = await start(lockIdOf(randomUUID()), ...args);
      assert.deepEqual((await handle.query<LockState>(LOCK_HOLDERS)).holders, []);
      assert.equal((await handle.describe()).status.name, 'RUNNING');
      await handle.terminate();
    }
  });
});
