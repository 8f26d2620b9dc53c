import { RECORDED_EACH_WAY } from '../test/workflows/recorded.ts';
import type { Message } from '../src/contract/run.ts';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { LOCK_ACQUIRE, LOCK_WORKFLOW, lockIdOf } from '../src/contract/fleet-lock.ts';
import { SOAK_WORKFLOW, SUITE_WORKFLOW } from '../src/contract/suite.ts';
import { TASK_QUEUE } from '../src/contract/names.ts';
import { scenarios } from '../src/workflows/scenarios/index.ts';
import { closeEnvironment, environment } from '../test/workflows/environment.ts';
import { run } from '../test/workflows/run.ts';
import { answers, cancelAfter, torn } from '../test/workflows/twists.ts';
import type { Twist } from '../test/workflows/twists.ts';

/*
 * `npx tsx scripts/record-histories.ts SCENARIO…` records new scenarios, and leaves the rest of test/histories as it is.
 * Without a name it writes all of it anew: only for a change of a workflow that is meant to break runs under way; where runs may be
 * under way, put the change behind `patched()` and keep the old fixtures.
 */

const folder = fileURLToPath(new URL('../test/histories/', import.meta.url));

const refusedPush: Message = {
  ...{ id: 'm-1', shape: 'line', bytes: 48, seed: 1, from: 'q', blobId: null, seconds: 1 },
  ...{ outcome: 'refused', mayBeStored: true, evidence: 'Push queued' },
};

/** The ways a run goes. Every scenario passes once; the other ways are the frame's, and recorded of a few. */
const ways: Record<string, Twist[]> = {
  passed: [],
  failed: [answers('push', [refusedPush])],
  cancelled: [cancelAfter('push')],
  'healed-late': [torn('heal', 2), torn('inject', 1)],
};

/** Stack traces name the folders of whoever recorded; a replay does not read them. */
const withoutTraces = (json: string): string =>
  JSON.stringify(
    JSON.parse(json, (key, value: unknown) => (key === 'stackTrace' ? '' : value)),
    null,
    1,
  );

async function save(handle: WorkflowHandle, name: string): Promise<void> {
  writeFileSync(`${folder}${name}.json`, `${withoutTraces(historyToJSON(await handle.fetchHistory()))}\n`);
}

async function recordLock(): Promise<void> {
  const { client } = await environment();
  const workflowId = lockIdOf('recorded');
  const { firstExecutionRunId } = await client.workflow.start(LOCK_WORKFLOW, { taskQueue: TASK_QUEUE, workflowId });
  const lock = client.workflow.getHandle(workflowId);
  for (let n = 0; (await lock.describe()).runId === firstExecutionRunId; n += 1) {
    await lock.executeUpdate(LOCK_ACQUIRE, { args: [{ owner: `w/${n}`, exclusive: [], shared: ['q'], gone: [] }] });
  }
  await save(client.workflow.getHandle(workflowId, firstExecutionRunId), `${LOCK_WORKFLOW}.continued`);
  await lock.terminate();
}

/** The first run of a suite or a soak that went on as another one. */
async function recordMany(type: string, input: object): Promise<void> {
  const { client } = await environment();
  const workflowId = `recorded-${type}`;
  const handle = await client.workflow.start(type, { taskQueue: TASK_QUEUE, workflowId, args: [input] });
  await handle.result();
  await save(client.workflow.getHandle(workflowId, handle.firstExecutionRunId), `${type}.continued`);
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(scenarios, name));
if (unknown.length > 0) {
  console.error(`No scenario ${unknown.join(', ')} in src/workflows/scenarios/catalogue.ts.`);
  process.exit(2);
}

const chosen = asked.length > 0 ? asked : Object.keys(scenarios);
for (const file of readdirSync(folder)) {
  if (asked.length === 0 || asked.includes(file.split('.')[0] ?? '')) rmSync(folder + file);
}
for (const type of chosen) {
  for (const [way, twists] of Object.entries(ways)) {
    if (way !== 'passed' && !RECORDED_EACH_WAY.includes(type)) continue;
    const { handle } = await run(type, { twists, workflowId: `recorded-${way}-${type}` });
    await save(handle, `${type}.${way}`);
  }
}
if (asked.length === 0) {
  await recordLock();
  const [first] = chosen;
  await recordMany(SUITE_WORKFLOW, { scenarios: [first], iterations: 10, seed: 1 });
  await recordMany(SOAK_WORKFLOW, { scenarios: [first], seconds: 15, seed: 1 });
}
await closeEnvironment();
