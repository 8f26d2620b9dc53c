import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { LockView } from '../../src/cli/lock-view.ts';
import type { LockState } from '../../src/contract/fleet-lock.ts';
import { LOCK_ACQUIRE, LOCK_HOLDERS, LOCK_WORKFLOW, lockIdOf } from '../../src/contract/fleet-lock.ts';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import { createHosts } from '../../src/hosts/hosts.ts';
import { environment } from '../workflows/environment.ts';
import { chaosWith, PROGRAM, type Ended } from './program.ts';

describe('0k-chaos locks', function () {
  this.timeout(120_000);
  const fleet = `f-${randomUUID()}`;
  let home: string;
  let address: string;
  let lock: WorkflowHandle;
  const started: WorkflowHandle[] = [];

  before(async () => {
    const { client, address: found } = await environment();
    address = found;
    home = mkdtempSync(join(tmpdir(), '0k-chaos-cli-locks-'));
    const relays = `relays:\n  relay-1: { machine: beast, service: relay-1, health: 'http://127.0.0.1:1/health' }`;
    // Nothing listens there.
    const machines = `machines:\n  beast: { ssh: { host: 127.0.0.1, port: 1, user: nobody }, docker: {} }`;
    writeFileSync(join(home, 'fleet.yml'), `name: ${fleet}\n${machines}\n${relays}\nclients: {}\n`);
    lock = await client.workflow.start(LOCK_WORKFLOW, { taskQueue: TASK_QUEUE, workflowId: lockIdOf(fleet) });
    const workflowId = lockIdOf(randomUUID());
    const living = await client.workflow.start(LOCK_WORKFLOW, { taskQueue: TASK_QUEUE, workflowId });
    started.push(lock, living);
    const claims = [
      { owner: 'dead/1', exclusive: ['relay-1'] },
      { owner: `${living.workflowId}/${living.firstExecutionRunId}`, exclusive: ['relay-1'] },
    ];
    for (const claim of claims) await lock.executeUpdate(LOCK_ACQUIRE, { args: [{ ...claim, shared: [], gone: [] }] });
  });
  after(async () => {
    await Promise.allSettled(started.map((handle) => handle.terminate()));
    rmSync(home, { recursive: true });
  });

  const locks = (...words: string[]): Promise<Ended> =>
    chaosWith({ TEMPORAL_ADDRESS: address }, home, 'locks', ...words, '--fleet', join(home, 'fleet.yml'));
  const state = () => lock.query<LockState>(LOCK_HOLDERS);

  it('shows who holds what by which token, who waits, whose run is gone, and what cannot be known', async () => {
    const { stdout, stderr, code } = await locks();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /holds[^]*dead \(its +relay-1[^]*run is gone\)/);
    assert.match(stdout, /waits, 1\./);
    assert.match(stdout, /what is broken on beast is not known: /);
  });

  it('takes nothing from anybody where nobody can be asked, nor from somebody unknown', async () => {
    const asked = await locks('release', 'dead');
    assert.equal(asked.code, 2);
    assert.match(asked.stderr, /`--yes` releases without asking/);
    assert.equal((await locks('release', 'never-was', '--yes')).code, 2);
    assert.equal((await state()).holders[0]?.owner, 'dead/1');
  });

  it('asks on a terminal, and changes nothing without a yes', async () => {
    const host = createHosts({ stateDir: home, machines: { q: { local: true } } }).get('q');
    const env = [`TEMPORAL_ADDRESS=${address}`, `HOME=${home}`, `XDG_STATE_HOME=${home}`];
    const words = [PROGRAM, 'locks', 'release', 'dead', '--fleet', join(home, 'fleet.yml')];
    const { stdout } = await host.exec(['env', ...env, process.execPath, ...words], {
      pty: { prompt: 'after healing what it broke? [y/N] ', answer: 'n' },
      timeoutMs: 90_000,
    });
    assert.match(stdout, /take its locks from dead\/1[^]*nothing was changed/);
    assert.equal((await state()).holders[0]?.owner, 'dead/1');
  });

  it('takes nothing from anybody who may still have something broken: a machine that is away keeps its locks', async () => {
    const { code, stderr } = await locks('release', 'dead', '--yes');
    assert.equal(code, 4, stderr);
    assert.match(stderr, /nothing was released: .*beast/);
    assert.equal((await state()).holders[0]?.owner, 'dead/1');
  });

  it('takes from a run what it holds once every machine is healed', async () => {
    writeFileSync(
      join(home, 'fleet.yml'),
      `name: ${fleet}\nmachines:\n  q: { local: true }\nrelays: {}\nclients: {}\n`,
    );
    const { code, stdout, stderr } = await locks('release', 'dead', '--yes', '--json');
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { owner: 'dead/1', released: true });
    const view = JSON.parse((await locks('--json')).stdout) as LockView;
    const [holder] = view.holders;
    assert.ok(holder?.isAlive && view.waiting.length === 0, 'who waited was granted');
    assert.deepEqual([holder.token > Date.parse('2026-01-01'), holder.broken, view.unreachable], [true, [], []]);
    assert.match(
      (await locks('release', holder.owner)).stderr,
      /is still under way[^]*`--yes` releases without asking/,
    );
  });

  it('says so where another workflow stands in the place of the lock, and calls it no bug', async () => {
    const { client } = await environment();
    await lock.terminate();
    const args = [{ taskQueue: 'nobody polls' }];
    const other = await client.workflow.start('odd_held', { taskQueue: TASK_QUEUE, workflowId: lockIdOf(fleet), args });
    const { code, stderr } = await locks();
    assert.equal(code, 3, stderr);
    assert.match(stderr, /`fleet-lock\/f-.*` does not answer as a lock does.*temporal workflow terminate/);
    assert.doesNotMatch(stderr, /bug/);
    await other.terminate();
    assert.equal((await locks()).stdout, 'nothing is locked\n', 'it is over');
  });
});
