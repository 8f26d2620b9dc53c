import { strict as assert } from 'node:assert';
import { RECORDED_EACH_WAY } from './recorded.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { LOCK_WORKFLOW, lockIdOf } from '../../src/contract/fleet-lock.ts';
import { SOAK_WORKFLOW, SUITE_WORKFLOW } from '../../src/contract/suite.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';
import { bundle, bundleOf, quieten } from './environment.ts';

const folder = fileURLToPath(new URL('../histories/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

/** How each recorded run has to have ended, for the fixture to be what its name says. */
const ENDS: Record<string, string> = {
  passed: 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED',
  'healed-late': 'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED',
  failed: 'EVENT_TYPE_WORKFLOW_EXECUTION_FAILED',
  cancelled: 'EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED',
  continued: 'EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW',
};

interface History {
  events: {
    eventType: string;
    activityTaskScheduledEventAttributes?: { activityType: { name: string } };
    workflowTaskCompletedEventAttributes?: { sdkMetadata?: { coreUsedFlags?: number[] } };
  }[];
}

const read = (file: string): string => readFileSync(folder + file, 'utf8');
const parsed = (file: string): History => JSON.parse(read(file)) as History;

/** A suite and a soak name their runs after themselves, and a lock is one by its id. */
const recordedAs = (file: string): string =>
  file.replace(/^(suite|soak)\.continued\.json$/, 'recorded-$1').replace(/^fleetLock\..*/, lockIdOf('recorded'));

async function replay(workflowBundle: WorkflowBundle, histories: [string, unknown][]): Promise<Map<string, unknown>> {
  const errors = new Map<string, unknown>();
  const given = histories.map(([file, history]) => ({ workflowId: recordedAs(file), history }));
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, given)) {
    if (error) errors.set(workflowId, error);
  }
  return errors;
}

describe('runs that were recorded', function () {
  this.timeout(60_000);
  before(quieten);

  it('are there for every workflow that is exported, each way it can go', () => {
    const wanted = Object.keys(scenarios).flatMap((type) =>
      ['passed', ...(RECORDED_EACH_WAY.includes(type) ? ['failed', 'cancelled', 'healed-late'] : [])].map(
        (way) => `${type}.${way}.json`,
      ),
    );
    const continued = [LOCK_WORKFLOW, SUITE_WORKFLOW, SOAK_WORKFLOW].map((type) => `${type}.continued.json`);
    assert.deepEqual(files.toSorted(), [...wanted, ...continued].toSorted());
  });

  for (const file of files) {
    it(`${file} is what its name says, small, and names no machine`, () => {
      const { events } = parsed(file);
      assert.equal(events.at(-1)?.eventType, ENDS[file.split('.')[1] ?? '']);
      assert.ok(read(file).length < 200_000, `${read(file).length} bytes`);
      const payloads = [...read(file).matchAll(/"data": "([^"]*)"/g)].map(([, data = '']) => atob(data));
      assert.doesNotMatch([read(file), ...payloads].join('\n'), /"identity": "\d+@|\/(home|root|tmp|Users)\//);
    });
  }

  it('go the same way in the workflows of today', async () => {
    const errors = await replay(
      await bundle(),
      files.map((file) => [file, parsed(file)]),
    );
    assert.deepEqual([...errors], []);
  });

  it('are told from runs of workflows that do other things', async () => {
    const changed = files.filter((file) => file.startsWith('mr_01'));
    const errors = await replay(
      await bundleOf('./workflows-changed.ts'),
      changed.map((file) => [file, parsed(file)]),
    );
    assert.deepEqual([...errors.keys()].toSorted(), changed.toSorted());
    for (const error of errors.values()) assert.match(String(error), /^DeterminismViolationError: .*TMPRL1100/);
  });

  it('are told from runs in which a single activity was another one', async () => {
    const histories = files
      .map((file): [string, History] => [file, parsed(file)])
      .filter(([, history]) => renameLast(history));
    assert.equal(histories.length, files.length - 1);
    const errors = await replay(await bundle(), histories);
    assert.equal(errors.size, histories.length);
  });

  it('carry the flags without which a replay would not compare activities', () => {
    for (const file of files) {
      const first = parsed(file).events.find((event) => event.workflowTaskCompletedEventAttributes);
      assert.ok((first?.workflowTaskCompletedEventAttributes?.sdkMetadata?.coreUsedFlags ?? []).length > 0, file);
    }
  });
});

function renameLast({ events }: History): boolean {
  const last = events.findLast((event) => event.activityTaskScheduledEventAttributes);
  if (last?.activityTaskScheduledEventAttributes) last.activityTaskScheduledEventAttributes.activityType.name = 'other';
  return last !== undefined;
}
