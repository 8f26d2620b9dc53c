import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { lock, unlock } from '../../src/activities/lock.ts';
import type { Deps } from '../../src/activities/deps.ts';
import { LOCK_HOLDERS, lockIdOf } from '../../src/contract/fleet-lock.ts';
import type { LockState } from '../../src/contract/fleet-lock.ts';
import type { RunRef } from '../../src/contract/run.ts';
import type { Locked } from '../../src/contract/steps.ts';
import { environment } from '../workflows/environment.ts';
import { livingRun } from './swept-fleet.ts';

const NONE = { machines: {}, relays: {}, clients: {} };

describe('a run that locks', function () {
  this.timeout(60_000);
  let client: Client;
  let deps: Deps;
  let alive: RunRef[] = [];

  before(async () => {
    ({ client } = await environment());
  });
  beforeEach(() => {
    deps = { fleet: { ...NONE, name: `f-${randomUUID()}` }, temporal: client } as unknown as Deps;
  });
  afterEach(async () => {
    const ids = [lockIdOf(deps.fleet.name), ...alive.map(({ workflowId }) => workflowId)];
    await Promise.allSettled(ids.map((id) => client.workflow.getHandle(id).terminate()));
    alive = [];
  });

  /** A workflow that lives, as an owner of locks. */
  async function living(): Promise<RunRef> {
    const { handle, runId } = await livingRun(client);
    const run = { scenario: 's', workflowId: handle.workflowId, runId };
    alive.push(run);
    return run;
  }

  const wants = (run: RunRef, seen?: string, env = new MockActivityEnvironment()): Promise<Locked> =>
    env.run(lock(deps), { run, exclusive: ['relay-1'], shared: [], ...(seen === undefined ? {} : { seen }) });
  const state = () => client.workflow.getHandle(lockIdOf(deps.fleet.name)).query<LockState>(LOCK_HOLDERS);

  it('is told what it waits for, and granted as soon as that is given back', async () => {
    const [first, second] = [await living(), await living()];
    const { token = 0 } = await wants(first);
    assert.ok(token > Date.parse('2026-01-01'), `${token}`);
    const { waitsFor } = await wants(second);
    assert.equal(waitsFor, `\`relay-1\`, held by ${first.workflowId}`);
    const waiting = wants(second, waitsFor);
    await pause(700);
    await unlock(deps)({ run: first });
    assert.deepEqual(await waiting, { token: token + 1 });
  });

  it('takes over from a holder that is gone, and passes a waiter that is gone', async () => {
    const [holder, waiter, last] = [await living(), await living(), await living()];
    const { token = 0 } = await wants(holder);
    await wants(waiter);
    for (const { workflowId } of [holder, waiter]) await client.workflow.getHandle(workflowId).terminate();
    assert.deepEqual(await wants(last), { token: token + 1 });
    assert.deepEqual((await state()).waiting, []);
  });

  it('passes a holder that was never a run', async () => {
    const run = await living();
    const { token = 0 } = await wants({ ...run, workflowId: 'by-hand', runId: '1' });
    assert.deepEqual(await wants(run), { token: token + 1 });
  });

  it('is given a higher token than any before by a lock that was ended and started anew', async () => {
    const run = await living();
    const { token = Infinity } = await wants(run);
    await client.workflow.getHandle(lockIdOf(deps.fleet.name)).terminate();
    const { token: later = 0 } = await wants(run);
    assert.ok(later > token, `${token}, then ${later}`);
  });

  it('keeps its locks, and everybody waiting, while what it broke cannot be healed', async () => {
    const [holder, waiter] = [await living(), await living()];
    await wants(holder);
    await client.workflow.getHandle(holder.workflowId).terminate();
    const fleet = { ...NONE, name: deps.fleet.name, machines: { beast: { docker: {} } } };
    const hosts = { get: () => assert.fail('beast is away') };
    deps = { fleet, hosts, temporal: client } as unknown as Deps;
    assert.match((await wants(waiter)).waitsFor ?? '', /its run is gone, and what it broke still stands: .*beast/);
    assert.equal((await state()).holders[0]?.owner, `${holder.workflowId}/${holder.runId}`);
  });

  it('stops waiting when it is cancelled, and leaves the line when it unlocks', async () => {
    const [first, second] = [await living(), await living()];
    await wants(first);
    const { waitsFor } = await wants(second);
    const env = new MockActivityEnvironment();
    const waiting = wants(second, waitsFor, env);
    setTimeout(() => env.cancel(), 100);
    await assert.rejects(waiting, { name: 'CancelledFailure' });
    await unlock(deps)({ run: second });
    assert.deepEqual((await state()).waiting, []);
  });
});
