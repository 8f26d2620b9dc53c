import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Deps } from '../../src/activities/deps.ts';
import { fenceOff, shutOut } from '../../src/activities/fences.ts';
import { ledgerOf } from '../../src/activities/leases.ts';
import { lock } from '../../src/activities/lock.ts';
import { putAway } from '../../src/activities/sweep.ts';
import { HIGHEST_SEEN, lockIdOf } from '../../src/contract/fleet-lock.ts';
import { ownerOf, type RunRef } from '../../src/contract/run.ts';
import type { Locked } from '../../src/contract/steps.ts';
import type { Machine } from '../../src/fleet/schema.ts';
import type { Host } from '../../src/hosts/host.ts';
import { keyOf } from '../../src/hosts/lease-script.ts';
import { cut, eachOnItsMachine } from '../hosts/leased-machine.ts';
import { saying } from '../hosts/saying.ts';
import { environment } from '../workflows/environment.ts';
import { livingRun, silent } from './swept-fleet.ts';

const RESOURCES = ['guardian'];

describe('runs that hold, and the fences of machines', function () {
  this.timeout(60_000);
  const { machine } = eachOnItsMachine();
  let deps: Deps;
  let ids: string[];

  beforeEach(async () => {
    const { client } = await environment();
    const host = machine().host();
    const hosts = { get: () => host, close: async () => undefined };
    const machines = { guardian: { ssh: { host: '127.0.0.1' } } };
    const fleet = { name: `f-${randomUUID()}`, machines, relays: {}, clients: {} };
    deps = { fleet, hosts, temporal: client, stateDir: '/nonexistent' } as unknown as Deps;
    ids = [lockIdOf(fleet.name)];
  });
  afterEach(() => Promise.allSettled(ids.map((id) => deps.temporal.workflow.getHandle(id).terminate())));

  /** A workflow that lives, as an owner of locks. */
  async function living(): Promise<RunRef> {
    const { handle, runId } = await livingRun(deps.temporal);
    ids.push(handle.workflowId);
    return { scenario: 's', workflowId: handle.workflowId, runId };
  }

  /** Granted, however long that takes. */
  async function granted(run: RunRef, seen?: string): Promise<number> {
    const ask = { run, exclusive: RESOURCES, shared: [], ...(seen === undefined ? {} : { seen }) };
    const { token, waitsFor }: Locked = await new MockActivityEnvironment().run(lock(deps), ask);
    return token ?? granted(run, waitsFor);
  }

  const arm = (run: RunRef, id: string, token: number) =>
    ledgerOf(deps, 'guardian').arm(cut(id, { owner: ownerOf(run), fence: { token, resources: RESOURCES } }));

  it('let nobody be granted what a dead run held before it is healed, and can break nothing any more', async () => {
    const [dead, next] = [await living(), await living()];
    const token = await granted(dead);
    assert.equal((await arm(dead, 'stands', token)).state, 'armed');
    await deps.temporal.workflow.getHandle(dead.workflowId).terminate();
    const later = await granted(next);
    assert.ok(later > token);
    assert.deepEqual(await ledgerOf(deps, 'guardian').list(), []);
    // Of a worker that was frozen all the while: what stood, and what never did.
    assert.equal((await arm(dead, 'stands', token)).state, 'fenced');
    assert.equal((await arm(dead, 'never stood', token)).state, 'fenced');
    assert.equal((await arm(next, 'next', later)).state, 'armed');
  });

  it('are raised for whoever was granted, and refuse who lost what it held', async () => {
    const [first, second] = [await living(), await living()];
    const token = await granted(first);
    assert.deepEqual(await fenceOff(deps, ownerOf(first), { token, resources: RESOURCES }), {
      ...{ token, untold: new Map() },
    });
    await deps.temporal.workflow.getHandle(first.workflowId).terminate();
    await granted(second);
    await assert.rejects(fenceOff(deps, ownerOf(first), { token, resources: RESOURCES }), { type: 'TargetBusy' });
  });

  it('give way to who holds, where they stand higher than its lock knows, as when another orchestrator was there', async () => {
    const run = await living();
    const token = await granted(run);
    await ledgerOf(deps, 'guardian').fence({ token: token + 1_000, resources: RESOURCES });
    const raised = await fenceOff(deps, ownerOf(run), { token, resources: RESOURCES });
    assert.equal(raised.token, token + 1_001);
    assert.equal((await arm(run, 'a', token)).state, 'fenced');
    assert.equal((await arm(run, 'b', raised.token)).state, 'armed');
  });

  it('shut out a run that is over, by the token it has by then, and one that holds nothing from nothing', async () => {
    const run = await living();
    const token = await granted(run);
    await shutOut(deps, 'never/was');
    assert.equal((await arm(run, 'a', token)).state, 'armed');
    await shutOut(deps, ownerOf(run));
    assert.equal((await arm(run, 'b', token)).state, 'fenced');
  });

  for (const seen of [999_999_999_999_000, 10_000_000_000_000, HIGHEST_SEEN, 9_999_999_999_998.5, 1e308])
    it(`believe no machine that makes up the token ${seen}: it is named, and the lock and the others go on`, async () => {
      const [honest, reply] = [machine().host(), { key: keyOf('guardian'), state: 'raised', lease: null, fence: seen }];
      const liar = saying('beast', `${JSON.stringify(reply)}\n{"done":true}\n`);
      deps.fleet.machines['beast'] = deps.fleet.machines['guardian'] as Machine;
      deps.hosts.get = (name) => (name === 'guardian' ? honest : liar);
      const run = await living();
      const token = await granted(run);
      const fenced = await fenceOff(deps, ownerOf(run), { token, resources: RESOURCES });
      assert.equal(fenced.token, token);
      assert.match(fenced.untold.get('beast')?.message ?? '', /has seen the token .*, which no lock gave/);
      assert.equal((await arm(run, 'a', token)).state, 'armed');
    });

  it('that one machine does not raise keep no other one from being healed, and what was held from being given away', async () => {
    const dead = await living();
    assert.equal((await arm(dead, 'stands', await granted(dead))).state, 'armed');
    const honest = machine().host();
    deps.fleet.machines['beast'] = deps.fleet.machines['guardian'] as Machine;
    deps.hosts.get = (name) => (name === 'guardian' ? honest : silent('beast'));
    await assert.rejects(putAway(deps, ownerOf(dead), 'sweep'), { type: 'HealFailed', message: /beast/ });
    assert.deepEqual(await ledgerOf(deps, 'guardian').list(), []);
  });

  it('are named where they cannot be raised', async () => {
    const run = await living();
    const token = await granted(run);
    deps.hosts.get = () => assert.fail('guardian is away');
    const { untold } = await fenceOff(deps, ownerOf(run), { token, resources: RESOURCES });
    assert.deepEqual([...untold.keys()], ['guardian']);
  });

  it('are named where a machine does not say of each resource that it keeps everybody out', async () => {
    const run = await living();
    const token = await granted(run);
    const answers = { exitCode: 0, signal: null, stdout: '{"done":true}\n', stderr: '' };
    deps.hosts.get = () => ({ ...machine().host(), name: 'guardian', exec: async () => answers }) as unknown as Host;
    const { untold } = await fenceOff(deps, ownerOf(run), { token, resources: RESOURCES });
    assert.match(untold.get('guardian')?.message ?? '', /kept from breaking guardian there: the machine does not say/);
  });
});
