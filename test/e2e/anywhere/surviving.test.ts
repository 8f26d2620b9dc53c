import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import { setSecondPath } from '../../../lab/lab.ts';
import { onTheLab } from '../fixture.ts';
import type { TestLab } from '../test-lab.ts';
import { RunFolder } from '../../../src/activities/journal.ts';
import { parseJournal } from '../../../src/report/journal.ts';

const CONV = 'conv_01_convergence_after_multi_failure';
const EDGE_03 = 'edge_03_guardian_partition_recovery';
/** Enough for a fault to stand while something dies. */
const FEW = { messages: 3 };

describe('a run survives, or is put back', function () {
  this.timeout(300_000);
  let here: TestLab;
  onTheLab((lab) => (here = lab));

  it('a worker killed with SIGKILL during two faults and started again: the run goes on and passes', async () => {
    const handle = await here.start(CONV, FEW);
    await here.untilStanding(handle, 2);
    await here.endWorker('SIGKILL');
    await here.startWorker();
    const { result, message } = await here.ended(handle);
    assert.equal(result?.verdict, 'passed', message);
    assert.deepEqual(result.residue, []);
  });

  it('a worker killed and not started again: the leases heal on the machines', async () => {
    const handle = await here.start(CONV, { ...FEW, leaseSeconds: 12 });
    await here.untilStanding(handle, 2);
    await here.endWorker('SIGKILL');
    await here.untilClean(60);
    await here.startWorker();
    const { kind, result } = await here.ended(handle);
    assert.equal(kind, 'Inconclusive');
    assert.ok(
      result?.faults.some(({ healedBy }) => healedBy === 'lease'),
      JSON.stringify(result?.faults),
    );
  });

  it('a worker stopped for longer than its leases and its clients may take, and thawed: accuses nobody', async () => {
    const handle = await here.start(CONV, { ...FEW, leaseSeconds: 12 });
    await here.untilStanding(handle, 2);
    here.worker?.kill('SIGSTOP');
    try {
      await sleep(1.2 * here.config.fleet.times.commandSeconds * 1000);
      await here.untilClean(60);
    } finally {
      here.worker?.kill('SIGCONT');
    }
    const { kind, message, result } = await here.ended(handle);
    assert.equal(kind, 'Inconclusive', message);
    assert.deepEqual([result?.failures, result?.residue], [[], []]);
    assert.ok(result?.faults.every(({ healedBy }) => healedBy === 'lease'));
  });

  it('the Temporal server killed with SIGKILL and started again: the run goes on', async () => {
    const handle = await here.start(CONV, FEW);
    await here.untilStanding(handle, 2);
    await here.withoutTemporal(() => sleep(2000));
    const { result, message } = await here.ended(here.client.workflow.getHandle(handle.workflowId));
    assert.equal(result?.verdict, 'passed', message);
  });

  it('a cancelled run heals, writes its journal and ends cancelled', async () => {
    const handle = await here.start(EDGE_03, FEW);
    await here.untilStanding(handle, 1);
    await handle.cancel();
    assert.equal((await here.ended(handle)).status, 'cancelled');
    assert.deepEqual(await here.residue(), []);
    // Temporal keeps no result of a cancelled workflow: the journal does.
    const run = { scenario: EDGE_03, workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    const journal = parseJournal(new RunFolder(here.config.stateDir, run).read('journal.json'));
    assert.ok('journal' in journal, JSON.stringify(journal));
    assert.equal(journal.journal.result.faults[0]?.healedBy, 'frame');
    assert.deepEqual(journal.journal.result.residue, []);
  });

  it('the SSH connections to Guardian cut during a fault: the run goes on and passes', async () => {
    const handle = await here.start(EDGE_03, FEW);
    await here.untilStanding(handle, 1);
    await here.root('guardian', 'sh', '-c', 'pkill -KILL -f "^sshd: jamesb" || true').catch(() => undefined);
    const { result, message } = await here.ended(handle);
    assert.equal(result?.verdict, 'passed', message);
  });

  it('a relay that somebody starts again under the fault: the run says nothing about failover', async () => {
    const handle = await here.start(CONV, { messages: 10, payload: 'lines' });
    await here.untilStanding(handle, 2);
    await here.root('beast', 'docker', 'start', 'dist-chaos-relay-1-1');
    const { kind, message } = await here.ended(handle);
    assert.equal(kind, 'Inconclusive', message);
    assert.match(message, /kill relay-1 .*it was gone before anything of ours healed it/);
  });

  it('a cut that somebody takes away: what arrives through it accuses nobody', async () => {
    const handle = await here.start(EDGE_03, FEW);
    await here.untilStanding(handle, 1);
    await here.root(
      'guardian',
      'sh',
      '-c',
      'for t in $(nft list tables | sed -n "s/^table inet zk_/zk_/p"); do nft delete table inet $t; done',
    );
    const { kind, message } = await here.ended(handle);
    assert.equal(kind, 'Inconclusive', message);
    assert.match(message, /does not stand any more|was interrupted/);
  });

  it('a cut of one pair of machines is inconclusive, and names the way round, while there is a second path', async () => {
    await setSecondPath(true, { name: here.lab.name });
    try {
      const { kind, result } = await here.run('edge_03_guardian_partition_recovery', { cut: 'pair', messages: 1 });
      assert.equal(kind, 'Inconclusive');
      assert.match(
        result?.because ?? '',
        /did not bite: a real pull from guardian still reached .* way round it, by \w/,
      );
    } finally {
      await setSecondPath(false, { name: here.lab.name });
    }
  });
});
