import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import type { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { hold } from '../../src/activities/hold.ts';
import type { Deps } from '../../src/activities/deps.ts';
import { HostError, type Host } from '../../src/hosts/host.ts';
import { cut, eachOnItsMachine } from '../hosts/leased-machine.ts';
import { environment } from '../workflows/environment.ts';
import { livingRun, silent, sweptDeps } from './swept-fleet.ts';

/** What the server tells a hold by its heartbeats. */
const GONE = new ActivityCancellationDetails({ notFound: true });
const ASKED = new ActivityCancellationDetails({ cancelRequested: true });
const SHUTDOWN = new ActivityCancellationDetails({ workerShutdown: true });

describe('a hold', function () {
  this.timeout(60_000);
  const { machine, leases } = eachOnItsMachine();
  let client: Client;
  let run: Awaited<ReturnType<typeof livingRun>>;
  before(async () => {
    ({ client } = await environment());
  });
  beforeEach(async () => {
    run = await livingRun(client);
  });
  afterEach(() => run.handle.terminate().catch(() => undefined));

  /** Holds the run; `named`: the run that it is told to hold, where it was reset since. */
  function holding({
    temporal = client,
    beast = silent('beast') as Host,
    leaseSeconds = 30,
    named = run.runId,
    gone = false,
  } = {}) {
    const info = { workflowExecution: { workflowId: run.handle.workflowId, runId: run.runId } };
    const mock = new MockActivityEnvironment(info, { logger: new DefaultLogger('ERROR') });
    const ref = { scenario: 's', workflowId: run.handle.workflowId, runId: named };
    const deps: Deps = sweptDeps(temporal, machine().host(), beast);
    const guardian = machine().host();
    if (gone)
      deps.hosts.get = (name) => {
        if (name === 'beast') throw new HostError('missing', name, 'No machine `beast` in the fleet');
        return guardian;
      };
    const ended = mock.run(hold(deps), { run: ref, machines: ['beast', 'guardian'], leaseSeconds }).then(
      () => 'healed' as const,
      (error: Error) => error,
    );
    return { mock, ended };
  }
  const arm = (ttlSeconds = 30, owner = run.owner) => leases().arm(cut('it', { owner, ttlSeconds }));
  const seconds = async (): Promise<number> => {
    const [entry] = await leases().list();
    return entry?.state === 'leased' ? entry.seconds : 0;
  };

  it('renews on every machine that answers while another one hangs', async () => {
    await arm(10);
    const { mock, ended } = holding({ beast: silent('beast', 60_000), leaseSeconds: 60 });
    while ((await seconds()) < 20) await pause(50);
    mock.cancel('CANCELLED', ASKED);
    assert.ok((await ended) instanceof CancelledFailure);
    assert.equal((await leases().list()).length, 1, 'what lives is left to its frame');
  });

  it('renews on every machine that is in the fleet while another one is no more, as its file was edited', async () => {
    await arm(10);
    const fatal: unknown[] = [];
    const died = (why: unknown) => fatal.push(why);
    process.on('unhandledRejection', died);
    const { mock, ended } = holding({ gone: true, leaseSeconds: 60 });
    while ((await seconds()) < 20) await pause(50);
    mock.cancel('CANCELLED', ASKED);
    assert.ok((await ended) instanceof CancelledFailure);
    process.off('unhandledRejection', died);
    assert.deepEqual(fatal, [], 'of which a worker dies');
  });

  it('heals what a terminated run has broken on the machines that answer, and tries the others for a lease long', async () => {
    await arm();
    const { mock, ended } = holding({ leaseSeconds: 5 });
    await run.handle.terminate();
    mock.cancel('NOT_FOUND', GONE);
    while ((await leases().list()).length > 0) await pause(50);
    assert.match(String(await ended), /Not everything of .*beast: beast does not answer/);
  });

  it('heals nothing of a run that lives, whatever it was told after an outage', async () => {
    await arm();
    const { mock, ended } = holding();
    mock.cancel('NOT_FOUND', GONE);
    assert.match(String(await ended), /the run lives; another attempt holds on/);
    assert.equal((await leases().list()).length, 1);
  });

  it('goes on renewing while the server that told it so cannot be asked, and heals once it can', async () => {
    await arm(5);
    let away = true;
    const temporal = {
      workflow: client.workflow,
      withDeadline: (deadline: number, act: () => Promise<unknown>) =>
        away ? Promise.reject(new Error('14 UNAVAILABLE')) : client.withDeadline(deadline, act),
    } as unknown as Client;
    const { mock } = holding({ temporal, leaseSeconds: 5 });
    await run.handle.terminate();
    mock.cancel('NOT_FOUND', GONE);
    const until = Date.now() + 7_000;
    while (Date.now() < until) {
      assert.ok((await seconds()) > 0, 'it was renewed');
      await pause(500);
    }
    away = false;
    while ((await leases().list()).length > 0) await pause(50);
  });

  it('lets the leases of a run run out that no worker can go on with, though the server says that it lives', async () => {
    await arm(5);
    let attempt = 2;
    const described = async () => ({ status: { name: 'RUNNING' }, raw: { pendingWorkflowTask: { attempt } } });
    const temporal = {
      workflow: { getHandle: () => ({ describe: described }) },
      withDeadline: (_: number, act: () => Promise<unknown>) => act(),
    } as unknown as Client;
    const { mock, ended } = holding({ temporal, leaseSeconds: 5 });
    for (const until = Date.now() + 8_000; Date.now() < until; await pause(500))
      assert.ok((await seconds()) > 0, 'one that is tried a second time may go on');
    attempt = 3;
    while ((await leases().list()).length > 0) await pause(50);
    mock.cancel('CANCELLED', ASKED);
    assert.ok((await ended) instanceof CancelledFailure);
  });

  it('leaves the run to another worker when its own one shuts down', async () => {
    await arm();
    const { mock, ended } = holding();
    mock.cancel('WORKER_SHUTDOWN', SHUTDOWN);
    assert.match(String(await ended), /another one holds on/);
    assert.equal((await leases().list()).length, 1);
  });

  it('is harmless beside another hold of the same run', async () => {
    await arm();
    const holds = [holding(), holding()];
    await run.handle.terminate();
    for (const { mock } of holds) mock.cancel('NOT_FOUND', GONE);
    while ((await leases().list()).length > 0) await pause(50);
  });

  it('of a run that was reset heals what that had broken before, and holds what it breaks now', async () => {
    const before = await livingRun(client);
    await before.handle.terminate();
    const [old, mine] = [`${run.handle.workflowId}/${before.runId}`, run.owner];
    await leases().arm(cut('old', { owner: old, ttlSeconds: 600 }));
    await leases().arm(cut('new', { owner: mine, ttlSeconds: 5 }));
    const { mock, ended } = holding({ named: before.runId, leaseSeconds: 60 });
    while ((await leases().list()).length > 1 || (await seconds()) < 20) await pause(50);
    mock.cancel('CANCELLED', ASKED);
    await ended;
    const [left] = await leases().list();
    assert.equal(left?.lease?.id, 'new');
  });
});
