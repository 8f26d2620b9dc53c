import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import {
  LOCK_ACQUIRE,
  LOCK_HOLDERS,
  LOCK_RAISE,
  LOCK_RELEASE,
  LOCK_WORKFLOW,
  lockIdOf,
  type LockState,
} from '../../src/contract/fleet-lock.ts';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import { SIGNAL_SLOW } from '../../src/contract/slow-heal.ts';
import { DEADLINE_MS, SEED } from '../zerok/fuzz-runs.ts';
import { environment } from './environment.ts';
import { raw, startRaw, type RawPayload } from './raw-input.ts';
import { run } from './run.ts';
import type { Twist } from './twists.ts';

const TYPES = [
  'mr_01_relay_crash_failover',
  'conv_01_convergence_after_multi_failure',
  'suite',
  'soak',
  'sweep',
  'no_such_scenario',
];

/** Of those that end by themselves when their input is good. */
const SHORT = TYPES.filter((type) => /_/.test(type));

const json = (text: string): RawPayload => raw('json/plain', text);
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

/** What nobody's own SDK or CLI would send, and the server takes all the same. */
const UNREADABLE: Record<string, RawPayload[]> = {
  'an encoding that nobody knows': [raw('bogus', 'x')],
  'no encoding': [raw(undefined, '{}')],
  'half of a JSON document': [json('{"messages":')],
  'no JSON at all': [json('')],
  'bytes that are no text': [json('\ud800\u0000\u00ff')],
  'a protobuf of a type that nobody knows': [raw('json/protobuf', '{}', { messageType: 'x.Y' })],
  'bytes as if they were encrypted': [raw('binary/encrypted', 'x')],
  '50 000 levels': [json(deep(50_000))],
  '33 levels': [json(`{"a":${deep(33)}}`)],
  'two inputs': [json('{}'), json('{"plan":{}}')],
  'an input that is unreadable behind one that is not': [json('{}'), raw('bogus', 'x')],
};

async function endOf(workflowId: string): Promise<{ status: string; kind: string; message: string }> {
  const { client } = await environment();
  const handle = client.workflow.getHandle(workflowId);
  const failure = await handle.result().then(
    () => undefined,
    (error: unknown) => (error instanceof WorkflowFailedError ? error.cause : error),
  );
  const { status } = await handle.describe();
  const kind = failure instanceof ApplicationFailure ? (failure.type ?? '') : '';
  return { status: status.name, kind, message: failure instanceof Error ? failure.message : '' };
}

describe('a workflow that is started with', function () {
  this.timeout(120_000);

  for (const [what, payloads] of Object.entries(UNREADABLE)) {
    it(`${what} ends at once as BadInput, and does not hang`, async () => {
      const types = payloads.length > 1 ? TYPES.slice(0, 4) : TYPES;
      const ends = await Promise.all(types.map(async (type) => endOf(await startRaw(type, payloads))));
      for (const { status, kind, message } of ends) assert.deepEqual([status, kind], ['FAILED', 'BadInput'], message);
    });
  }

  it(`anything of a few hundred things, fuzzed with FUZZ_SEED=${SEED}, ends, and is told in plain words`, async () => {
    const names = fc.constantFrom(
      'messages',
      'seed',
      'leaseSeconds',
      'iterations',
      'payload',
      'fleet',
      '__proto__',
      'constructor',
      'toString',
      '',
    );
    const odd = fc.constantFrom<unknown>(
      0,
      -1,
      1e308,
      1.5,
      null,
      true,
      [],
      {},
      'x',
      '$(id)',
      '\u0000',
      'é'.repeat(300),
    );
    const input = fc.oneof(fc.jsonValue({ maxDepth: 4 }), fc.dictionary(names, odd, { minKeys: 1 }), fc.array(odd));
    const isRefused = fc.tuple(fc.constantFrom(...SHORT), input);
    const cases = fc.sample(isRefused, { numRuns: 200, seed: SEED });
    const ends = await Promise.all(
      cases.map(async ([type, value]) => endOf(await startRaw(type, [json(JSON.stringify(value))]))),
    );
    for (const [n, { status, kind, message }] of ends.entries()) {
      const which = JSON.stringify(cases[n]);
      if (status === 'COMPLETED') continue;
      assert.equal(status, 'FAILED', which);
      assert.ok(
        ['BadInput', 'GroundFailed', 'Inconclusive', 'ClaimFailed'].includes(kind),
        `${which}: ${kind}: ${message}`,
      );
      assert.doesNotMatch(message, /TypeError|undefined|\bat .*\.ts:/, which);
    }
  }).timeout(DEADLINE_MS);
});

/** What anybody may send to a workflow that is under way. */
const ODD: [unknown, ...unknown[]][] = [
  [undefined],
  [null],
  ['x'],
  [7],
  [[]],
  [{}],
  [{ what: 1 }],
  [{ owner: 'a' }],
  [{ owner: '', exclusive: 'x', shared: [], gone: [] }],
  ['a', 1e300],
  ['a', 'b'],
];

describe('a workflow that is under way', function () {
  this.timeout(120_000);

  it('survives signals that it does not know, or that hold something else', async () => {
    const workflowId = `odd-signals-${randomUUID()}`;
    let told: () => void = () => undefined;
    const allTold = new Promise<void>((done) => (told = done));
    const { client } = await environment();
    const signals: Twist = {
      step: 'push',
      nth: 1,
      async before({ attempt }) {
        if (attempt > 1) return allTold;
        const handle = client.workflow.getHandle(workflowId);
        for (const args of ODD) for (const name of [SIGNAL_SLOW, 'nobody', 'abort']) await handle.signal(name, ...args);
        told();
      },
    };
    const ending = run('mr_01_relay_crash_failover', { workflowId, twists: [signals] });
    assert.equal((await ending).result?.verdict, 'passed');
  });

  it('is a lock that refuses requests that are none, and grants the next as if nothing had been', async () => {
    const { client } = await environment();
    const handle: WorkflowHandle = await client.workflow.start(LOCK_WORKFLOW, {
      taskQueue: TASK_QUEUE,
      workflowId: lockIdOf(`odd-${randomUUID()}`),
    });
    try {
      for (const args of ODD) {
        const ask = (update: string) => handle.executeUpdate<unknown, [unknown, ...unknown[]]>(update, { args });
        const because = (what: RegExp) => (error: Error) => what.test(String(error.cause));
        await assert.rejects(ask(LOCK_ACQUIRE), because(/A request to the lock has `owner`/));
        await assert.rejects(ask(LOCK_RAISE), because(/A token is raised for an owner/));
        await handle.signal(LOCK_RELEASE, ...args);
      }
      const request = { owner: 'me', exclusive: ['relay-1'], shared: [], gone: [] };
      const reply = await handle.executeUpdate<{ granted: boolean }, [typeof request]>(LOCK_ACQUIRE, {
        args: [request],
      });
      assert.equal(reply.granted, true);
      const { holders, waiting } = await handle.query<LockState>(LOCK_HOLDERS);
      assert.deepEqual([holders.map(({ owner }) => owner), waiting], [['me'], []]);
    } finally {
      await handle.terminate();
    }
  });
});
