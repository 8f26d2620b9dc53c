import type { Message } from '../../src/contract/run.ts';
import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { QUERY_PROGRESS, QUERY_REPORT, TASK_QUEUE } from '../../src/contract/names.ts';
import type { SuiteResult } from '../../src/contract/suite-result.ts';
import { definitions } from '../../src/workflows/scenarios/definitions.ts';
import type { RunGroup } from '../../src/contract/tally.ts';
import { environment } from './environment.ts';
import { worldFor } from './fake-activities.ts';
import { beatUntilCancelled } from './steps-on-world.ts';
import { answers, cancelDuring, once } from './twists.ts';
import type { Twist } from './twists.ts';
import type { World } from './world.ts';

const MR = 'mr_01_relay_crash_failover';
const EDGE_01 = 'edge_01_guardian_high_latency';
const EDGE_03 = 'edge_03_guardian_partition_recovery';
const CM_01 = 'cm_01_q_push_guardian_pull';
const CM_02 = 'cm_02_bidirectional_sync';
const CONV = 'conv_01_convergence_after_multi_failure';
const refusedPush: Message = {
  ...{ id: 'm-1', shape: 'line', bytes: 48, seed: 1, from: 'q', blobId: null, seconds: 1 },
  ...{ outcome: 'refused', mayBeStored: true, evidence: 'no' },
};

/** The push is at work until it is told to stop. */
const held: Twist = { step: 'push', nth: 1, before: () => beatUntilCancelled(10_000) };

interface EndedSuite {
  status: string;
  type: string | undefined;
  message: string;
  result: SuiteResult | undefined;
  handle: WorkflowHandle;
  worlds: Record<string, World>;
}

/** Twists by child, such as `mr_01…/2`. */
async function begin(type: string, input: unknown[], twists: Record<string, Twist[]> = {}) {
  const { client } = await environment();
  const workflowId = `${type}-${randomUUID()}`;
  const worlds = Object.fromEntries(
    Object.entries(twists).map(([child, list]) => [child, worldFor(`${workflowId}/${child}`, list)]),
  );
  const handle = await client.workflow.start(type, { taskQueue: TASK_QUEUE, workflowId, args: input });
  return { handle, worlds };
}

async function ended({ handle, worlds }: Awaited<ReturnType<typeof begin>>): Promise<EndedSuite> {
  try {
    const result = (await handle.result()) as SuiteResult;
    return { status: 'COMPLETED', type: undefined, message: '', result, handle, worlds };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const own = cause instanceof ApplicationFailure ? cause : undefined;
    const result = own?.details?.[0] as SuiteResult | undefined;
    const { status } = await handle.describe();
    const type = own?.type ?? cause?.name;
    return { status: status.name, type, message: cause?.message ?? '', result, handle, worlds };
  }
}

const run = async (type: string, input: unknown[], twists?: Record<string, Twist[]>) =>
  ended(await begin(type, input, twists));

const idsOf = (result: SuiteResult | undefined): string[] =>
  (result?.runs ?? []).map(({ scenario, n }) => `${scenario}/${n}`);

describe('a suite', function () {
  this.timeout(60_000);

  it('runs the chosen scenarios as often as it is told, each run once, and passes', async () => {
    const { status, result, handle } = await run('suite', [
      { scenarios: ['edge_01*', 'edge_03*', MR], iterations: 2, seed: 7, parallel: 2 },
    ]);
    assert.equal(status, 'COMPLETED');
    assert.deepEqual(
      idsOf(result),
      [1, 2].flatMap((n) => [MR, EDGE_01, EDGE_03].map((name) => `${name}/${n}`)),
    );
    assert.deepEqual(
      result?.scenarios.map(({ scenario, passed, failed }) => [scenario, passed, failed]),
      [MR, EDGE_01, EDGE_03].map((name) => [name, 2, 0]),
    );
    assert.equal(result.because, 'all 6 runs passed');
    assert.equal(new Set(result.runs.map(({ seed }) => seed)).size, 6, 'each run has a seed of its own');
    assert.ok(result.runs.every(({ workflowId }) => workflowId.startsWith(`${handle.workflowId}/`)));
    assert.deepEqual(JSON.parse(readFileSync(result.summary.json, 'utf8')), result);
    assert.match(readFileSync(result.summary.markdown, 'utf8'), /^# passed: suite\n/);
  });

  it('gives the same seeds for the same seed, whatever runs beside', async () => {
    const [one, other] = await Promise.all([
      run('suite', [{ scenarios: [MR], seed: 3, iterations: 2 }]),
      run('suite', [{ scenarios: [MR, EDGE_01], seed: 3 }]),
    ]);
    assert.equal(one.result?.runs[0]?.seed, other.result?.runs[0]?.seed);
    assert.notEqual(one.result?.runs[0]?.seed, one.result?.runs[1]?.seed);
  });

  it('goes on after a run that failed and one that was torn away, counts each, and is red', async () => {
    const { status, type, message, result } = await run('suite', [{ scenarios: [MR, EDGE_01, EDGE_03] }], {
      [`${MR}/1`]: [answers('push', [refusedPush])],
      [`${EDGE_01}/1`]: [cancelDuring('push')],
    });
    assert.equal(status, 'FAILED');
    assert.equal(type, 'ClaimFailed');
    assert.equal(message, 'failed: of 3 runs 1 failed, 1 inconclusive, 1 passed');
    assert.deepEqual(
      result?.scenarios.map(({ failed, inconclusive, passed }) => [failed, inconclusive, passed]),
      [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    );
    const [failed] = result.scenarios[0]?.reasons ?? [];
    assert.match(failed?.because ?? '', /push from q succeeds/);
    assert.match(failed?.journal ?? '', /journal\.json$/);
  });

  it('cancels what runs, waits for its heal, starts nothing more and sums up, when it is cancelled', async () => {
    const begun = await begin('suite', [{ scenarios: [MR, EDGE_01] }], { [`${MR}/1`]: [held] });
    const world = begun.worlds[`${MR}/1`] as World;
    while (world.of('push').length === 0) await new Promise((go) => setTimeout(go, 20));
    await begun.handle.cancel();
    const { status } = await ended(begun);
    assert.equal(status, 'CANCELLED');
    assert.equal(world.standing.size, 0, 'what stood was healed');
    assert.equal(world.isLocked, false);
    const { done, running } = await begun.handle.query<{ done: number; running: unknown[] }>(QUERY_REPORT);
    assert.deepEqual([done, running], [1, []]);
    const { client } = await environment();
    await assert.rejects(client.workflow.getHandle(`${begun.handle.workflowId}/${EDGE_01}/1`).describe());
  });

  it('runs side by side what does not collide, and one after the other what does', async () => {
    const together = { scenarios: [CM_01, CM_02, MR], parallel: 3 };
    const begun: { worlds: Record<string, World> } = { worlds: {} };
    const started = (child: string) => (begun.worlds[child]?.calls.length ?? 0) > 0;
    const suite = await begin('suite', [together], {
      [`${CM_01}/1`]: [once('push', () => started(`${CM_02}/1`))],
      [`${CM_02}/1`]: [once('push', () => started(`${CM_01}/1`))],
      [`${MR}/1`]: [],
    });
    begun.worlds = suite.worlds;
    const [mr, cm] = [`${MR}/1`, `${CM_02}/1`].map((child) => suite.worlds[child] as World) as [World, World];
    const isAtWork = (world: World) => world.calls.length > 0 && world.results.length === 0;
    let collided = false;
    const watching = setInterval(() => (collided ||= isAtWork(mr) && isAtWork(cm)), 2);
    const { result } = await ended(suite);
    clearInterval(watching);
    assert.equal(result?.because, 'all 3 runs passed');
    assert.equal(collided, false, 'what breaks a relay runs beside nobody who relies on it');
  });

  it('goes on in a new run when its history grows long, and counts nothing twice', async () => {
    const { result, handle } = await run('suite', [{ scenarios: [MR, EDGE_01], iterations: 5, parallel: 2 }]);
    assert.equal(result?.because, 'all 10 runs passed');
    assert.equal(new Set(idsOf(result)).size, 10);
    const { client } = await environment();
    const history = await client.workflow.getHandle(handle.workflowId).fetchHistory();
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    assert.ok(started?.continuedExecutionRunId, 'it was continued');
    const lines = await handle.query<{ text: string }[]>(QUERY_PROGRESS);
    assert.match(lines.map(({ text }) => text).join('\n'), /10 of 10 .*: passed/);
  });

  it('can be found with its runs, and read in the UI', async () => {
    const { result, handle } = await run('suite', [{ scenarios: [MR] }]);
    const { client } = await environment();
    const child = await client.workflow.getHandle(result?.runs[0]?.workflowId ?? '').describe();
    assert.deepEqual(child.searchAttributes['ChaosSuite'], [handle.workflowId]);
    assert.equal(await child.staticSummary(), definitions[MR]?.claim.slice(0, 200));
    const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
    assert.match(currentDetails, /### suite on fake: passed/);
    assert.match(currentDetails, /\| mr_01_relay_crash_failover \| 1 \| 0 \| 0 \|/);
  });

  for (const [what, input, named] of [
    ['a scenario that nobody knows', { scenarios: ['mr_02x'] }, /No scenario `mr_02x` \(see `0k-chaos list`\); /],
    ['a glob that is like none', { scenarios: ['zz_*'] }, /No scenario is like `zz_\*` \(.*\); known: .*mr_01/],
    [
      'an option of a scenario that it does not take',
      { scenarios: [CONV], options: { [CONV]: { messags: 3 } } },
      /messags/,
    ],
    ['options for a scenario that is not chosen', { scenarios: [CONV], options: { [MR]: {} } }, /`mr_01.*not chosen/],
    ['a key that nobody knows', { scenario: [CONV] }, /scenario/],
    ['too many runs', { scenarios: 'all', iterations: 1000 }, /at most 1000/],
    ['another fleet', { scenarios: 'all', fleet: 'production' }, /serves the fleet `fake`/],
    ['null', null, /name scenarios or globs in a list, or say "all"/],
    ['an empty object', {}, /name scenarios or globs in a list, or say "all"/],
  ] as const) {
    it(`is given ${what}, and fails at once, naming it, before anything is started`, async () => {
      const { type, message, handle } = await run('suite', [input]);
      assert.equal(type, 'BadInput');
      assert.match(message, named);
      const { events } = await handle.fetchHistory();
      assert.ok(!events?.some((event) => event.startChildWorkflowExecutionInitiatedEventAttributes));
    });
  }
});

describe('a soak', function () {
  this.timeout(60_000);

  it('draws scenarios until its time is over, lets the last one end, and sums up', async () => {
    const startedAt = Date.now();
    const { status, result } = await run('soak', [{ seconds: 8, seed: 5 }]);
    assert.equal(status, 'COMPLETED');
    assert.ok(Date.now() - startedAt >= 8000);
    const passed = (result?.scenarios ?? []).reduce((total, tally) => total + tally.passed, 0);
    assert.ok(passed >= 2 && result?.because === `all ${passed} runs passed`, result?.because);
    assert.deepEqual(result.runs, []);
  });

  it('goes on in a new run when its history grows long, and keeps its statistics and its failures', async () => {
    const fails = Object.fromEntries([1, 2].map((n) => [String(n), [answers('push', [refusedPush])]]));
    const begun = await begin('soak', [{ seconds: 600, seed: 5, scenarios: [MR] }], fails);
    const { handle } = begun;
    const groups = async () => (await handle.query<{ groups: RunGroup[] }>(QUERY_REPORT)).groups;
    const counted = async (verdict: string): Promise<number> =>
      (await groups()).reduce((sum, group) => sum + (group.verdict === verdict ? group.count : 0), 0);
    const isContinued = async (): Promise<boolean> => (await handle.describe()).runId !== handle.firstExecutionRunId;
    while (!(await isContinued()) || (await counted('passed')) < 6) await new Promise((go) => setTimeout(go, 100));
    await handle.cancel();
    assert.equal((await ended(begun)).status, 'CANCELLED');
    assert.equal(await counted('failed'), 2);
    assert.deepEqual(
      (await groups()).flatMap(({ failures }) => failures.map(({ id }) => id)),
      ['push-not-acknowledged'],
    );
  });

  it('ends cleanly when it is cancelled: what runs is healed, and the summary is written', async () => {
    const begun = await begin('soak', [{ seconds: 600, scenarios: [MR] }], { '1': [held] });
    const world = begun.worlds['1'] as World;
    while (world.of('push').length === 0) await new Promise((go) => setTimeout(go, 20));
    await begun.handle.cancel();
    assert.equal((await ended(begun)).status, 'CANCELLED');
    assert.equal(world.standing.size, 0);
  });
});
