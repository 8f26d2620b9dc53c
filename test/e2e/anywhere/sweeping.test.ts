import { strict as assert } from 'node:assert';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { shortId } from '../../../src/activities/admit.ts';
import type { LastSweep } from '../../../src/cli/last-sweep.ts';
import { partition, partitionParams } from '../../../src/faults/partition.ts';
import { leasesOn } from '../../../src/hosts/lease.ts';
import { KeptSchedule } from '../../../src/temporal/kept-schedule.ts';
import { onTheLab } from '../fixture.ts';
import type { TestLab } from '../test-lab.ts';

const MR = 'mr_01_relay_crash_failover';
const CONV = 'conv_01_convergence_after_multi_failure';
const EDGE_03 = 'edge_03_guardian_partition_recovery';
/** Enough for a fault to stand while something happens. */
const FEW = { messages: 3 };

describe('what a run leaves that can do nothing for it any more', function () {
  this.timeout(300_000);
  let here: TestLab;
  onTheLab((lab) => (here = lab));

  /** Seconds from now until no machine carries anything of the run any more. */
  async function untilHealed(what: string): Promise<void> {
    const startedAt = Date.now();
    await here.untilClean(60);
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    process.stderr.write(`        ${what}: nothing left after ${seconds} s\n`);
  }

  for (const [scenario, faults] of [
    [EDGE_03, 1],
    [CONV, 2],
  ] as const) {
    it(`${scenario} terminated: its hold heals all of it long before its lease`, async () => {
      const handle = await here.start(scenario, { ...FEW, leaseSeconds: 600 });
      await here.untilStanding(handle, faults);
      await handle.terminate('the test ends it');
      await untilHealed(`${scenario} terminated`);
      const mine = shortId(`${handle.workflowId}/${handle.firstExecutionRunId}`);
      await here.client.workflow.getHandle((await here.start('sweep')).workflowId).result();
      assert.deepEqual(
        (await here.groups()).filter((path) => path.includes(mine)),
        [],
      );
    });
  }

  it('a run that is reset: what it had broken is healed, and the run that goes on says nothing about it', async () => {
    const handle = await here.start(MR, { messages: 40, leaseSeconds: 600 });
    await here.untilStanding(handle, 1);
    const runId = await reset(handle);
    await untilHealed('reset');
    const { kind, message } = await here.ended(here.client.workflow.getHandle(handle.workflowId, runId));
    assert.equal(kind, 'Inconclusive', message);
  });

  it('a worker that is told to end: the run is held on by the next one, and passes', async () => {
    const handle = await here.start(CONV, FEW);
    await here.untilStanding(handle, 2);
    await here.endWorker('SIGTERM');
    assert.notDeepEqual(await here.residue(), [], 'a worker that shuts down heals nothing of a run that lives');
    await here.startWorker();
    const { result, message } = await here.ended(handle);
    assert.equal(result?.verdict, 'passed', message);
  });

  it('the scheduled sweep heals an orphan, does not while a person has it paused, and is left paused by a worker', async () => {
    const { workflowId, firstExecutionRunId } = await here.start('sweep');
    await here.client.workflow.getHandle(workflowId).result();
    await arm(`${workflowId}/${firstExecutionRunId}`);
    const schedule = new KeptSchedule(here.client, `sweep-${here.config.fleet.name}`);
    await schedule.handle.pause('by a person');
    await here.endWorker('SIGTERM');
    await schedule.trigger();
    await here.startWorker();
    await here.untilClean(60);
    assert.equal((await schedule.describe())?.state.paused, true);
    await schedule.resume();
    await arm(`${workflowId}/${firstExecutionRunId}`);
    await schedule.trigger();
    await untilHealed('swept');
    const status = async () => (await here.chaos(['status', '--json'])).stdout;
    const shown = async () => (JSON.parse(await status()) as { sweep: LastSweep | null }).sweep?.result?.healed ?? [];
    for (const deadline = Date.now() + 20_000; (await shown()).length === 0;) assert.ok(Date.now() < deadline);
  });

  /** Without the frame, as a run leaves it that died together with its worker. */
  async function arm(owner: string): Promise<void> {
    const id = `${owner}/${Date.now()}`;
    const params = partitionParams.parse({ id, place: { on: 'machine' }, tool: 'nft', from: ['192.0.2.9'] });
    const about = { owner, target: 'guardian', summary: 'an orphan', ttlSeconds: 600 };
    const reply = await leasesOn(here.hosts.get('guardian')).arm({ fault: partition, params, id, ...about });
    assert.equal(reply.state, 'armed');
  }

  /** To where the fault stands already, as far as the workflow knows. @returns the run that goes on */
  async function reset(handle: WorkflowHandleWithFirstExecutionRunId): Promise<string> {
    const { events } = await handle.fetchHistory();
    const last = events?.findLast(({ workflowTaskCompletedEventAttributes }) => workflowTaskCompletedEventAttributes);
    const request = {
      namespace: here.config.temporal.namespace,
      workflowExecution: { workflowId: handle.workflowId, runId: handle.firstExecutionRunId },
      reason: 'the test resets it',
      requestId: `reset-${handle.workflowId}`,
      workflowTaskFinishEventId: last?.eventId ?? null,
    } as const;
    const { runId } = (await here.client.workflowService.resetWorkflowExecution(request)) as { runId: string };
    await sleep(200);
    return runId;
  }
});
