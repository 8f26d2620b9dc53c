import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { LOCK_ACQUIRE, LOCK_HOLDERS, LOCK_RAISE, LOCK_RELEASE, LOCK_WORKFLOW } from '../../src/contract/fleet-lock.ts';
import type { LockReply, LockRequest, LockState } from '../../src/contract/fleet-lock.ts';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import { environment } from './environment.ts';

const asks = (owner: string, exclusive: string[], shared: string[] = [], gone: string[] = []): LockRequest => ({
  ...{ owner, exclusive, shared, gone },
});

describe('the lock of a fleet', function () {
  this.timeout(60_000);
  let lock: WorkflowHandle;

  before(async () => {
    const { client } = await environment();
    lock = await client.workflow.start(LOCK_WORKFLOW, { taskQueue: TASK_QUEUE, workflowId: `lock-${randomUUID()}` });
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
