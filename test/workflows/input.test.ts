import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { Deck } from '../../src/contract/message-spec.ts';
import type { MessageSpec } from '../../src/contract/message-spec.ts';
import { LOCK_WORKFLOW } from '../../src/contract/fleet-lock.ts';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import type { FaultSpec } from '../../src/contract/fault-spec.ts';
import { scenarios } from '../../src/workflows/scenarios/index.ts';
import { environment } from './environment.ts';
import { run, sideBySide } from './run.ts';
import type { Ended } from './run.ts';

const CONV = 'conv_01_convergence_after_multi_failure';
const EDGE_01 = 'edge_01_guardian_high_latency';
const EDGE_03 = 'edge_03_guardian_partition_recovery';

/** What somebody may send along, and what the failure has to name. */
const refusals: [string, unknown[], RegExp][] = [
  ['an option out of its bounds', [{ messages: 0 }], /messages/],
  ['an option that is not a number', [{ messages: 'many' }], /messages/],
  [
    'an option that nobody knows',
    [{ mesages: 3 }],
    /mesages.*Options: fleet, leaseSeconds, iterations, seed, payload, messages\.$/s,
  ],
  ['a lease that is too short', [{ leaseSeconds: 1 }], /leaseSeconds/],
  ['another fleet', [{ fleet: 'production' }], /serves the fleet `fake`, not `production`/],
  ['a text', ['relay-1'], /expected object/],
  ['a list', [[1, 2]], /expected object/],
  ['a number', [7], /expected object/],
];

const EMPTY: [string, unknown[]][] = [
  ['nothing', []],
  ['null', [null]],
  ['an empty object', [{}]],
];

describe('a run is given', function () {
  this.timeout(60_000);
  const start = sideBySide();

  for (const [what, input, named] of refusals) {
    const ending = start(CONV, { input });
    it(`${what}, and fails at once, naming it, before anything is touched`, async () => {
      const ended = await ending();
      assertRefused(ended, named);
      assert.deepEqual(ended.world.story, ['admit']);
    });
  }

  for (const [what, input] of EMPTY) {
    const ending = start(CONV, { input });
    it(`${what}, and takes the defaults`, async () => {
      const { result, world } = await ending();
      assert.equal(result?.verdict, 'passed');
      assert.equal(messagesOf(world.of('push')[0]?.ask).length, 5);
      assert.equal(world.of('inject')[0]?.ask.leaseSeconds, 60);
    });
  }

  const few = start(CONV, { input: [{ messages: 2, leaseSeconds: 30, fleet: 'fake' }] });
  it('options, and follows them; no two messages are alike', async () => {
    const { world } = await few();
    const messages = messagesOf(world.of('push')[0]?.ask);
    assert.deepEqual(
      messages.map(({ id }) => id),
      ['m-1', 'm-2'],
    );
    for (const { ask } of [...world.of('inject'), ...world.of('hold')]) assert.equal(ask.leaseSeconds, 30);
  });

  const seeded = start(CONV, { input: [{ seed: 7, payload: 'lines' }] });
  it('a seed and what to push, and follows them', async () => {
    const { result, world } = await seeded();
    assert.equal(result?.seed, 7);
    assert.deepEqual(messagesOf(world.of('push')[0]?.ask), new Deck(7).deal(5, 'lines'));
  });

  const links = ['', 'wlan0'].map((name) => start(EDGE_01, { input: [{ interface: name }] }));
  it('the interface that is slow, and follows it: all of it, else what goes to Beast', async () => {
    const worlds = (await Promise.all(links.map((ending) => ending()))).map(({ world }) => world);
    const slow = { kind: 'netem', target: 'guardian', delayMs: 500, jitterMs: 100 };
    assert.deepEqual(
      worlds.map((world) => world.of('inject')[0]?.ask.spec),
      [
        { ...slow, toward: 'beast' },
        { ...slow, interface: 'wlan0' },
      ],
    );
  });

  const other = start('mr_01_relay_crash_failover', { input: [{ relay: 'relay-3', from: 'beast' }] });
  it('a relay and a client by their roles, and breaks and drives those', async () => {
    const { result, world } = await other();
    assert.deepEqual(
      result?.faults.map(({ target }) => target),
      ['relay-3'],
    );
    const [push] = world.of('push').map(({ ask }) => ask as unknown as { client: string });
    assert.equal(push?.client, 'beast');
    const lock = world.of('lock')[0]?.ask as unknown as { exclusive: string[] };
    assert.deepEqual(lock.exclusive, ['relay-3']);
  });

  const nobody = start('mr_01_relay_crash_failover', { input: [{ relay: 'relay-9' }] });
  it('a relay that there is not, and fails at once, naming those that there are', async () => {
    assertRefused(
      await nobody(),
      /`relay` names no relay of the fleet .*`relay-9` \(known: relay-1, relay-2, relay-3\)/,
    );
  });

  const slow = start(EDGE_01, { input: [{ delayMs: 50, jitterMs: 5 }] });
  const pair = start(EDGE_03, { input: [{ cut: 'pair' }] });
  it('options of its faults, and breaks what they say', async () => {
    assert.deepEqual(specsOf(await slow()), [
      { kind: 'netem', target: 'guardian', delayMs: 50, jitterMs: 5, toward: 'beast' },
    ]);
    assert.deepEqual(specsOf(await pair()), [
      { kind: 'partition', target: 'guardian', from: ['beast'], direction: 'both' },
    ]);
  });

  const timedRun = start(CONV, { workflowRunTimeout: '1m' });
  const timedExecution = start(CONV, { workflowExecutionTimeout: '1m' });
  it('a timeout, and is refused: Temporal would end it without any clean-up', async () => {
    for (const ended of [await timedRun(), await timedExecution()]) {
      assertRefused(ended, /without any clean-up.*--run-timeout/);
      assert.deepEqual(ended.world.calls, []);
    }
  });
});

describe('a run is given a timeout of 0', function () {
  this.timeout(60_000);

  it('as the plain CLI does, and that is none', async () => {
    const { result } = await run(CONV, { workflowRunTimeout: 0, workflowExecutionTimeout: 0 });
    assert.equal(result?.verdict, 'passed');
  });
});

describe('a workflow that is started with a cron schedule', function () {
  this.timeout(60_000);

  for (const type of [CONV, 'suite', 'soak', LOCK_WORKFLOW]) {
    it(`is refused each time, and says how that is ended and what to have instead: ${type}`, async () => {
      const { client } = await environment();
      const workflowId = `cron-${randomUUID()}`;
      const { firstExecutionRunId } = await client.workflow.start(type, {
        ...{ taskQueue: TASK_QUEUE, workflowId, cronSchedule: '@every 1s' },
      });
      try {
        const first = client.workflow.getHandle(workflowId, firstExecutionRunId, { followRuns: false });
        await assert.rejects(first.result());
        const { events } = await first.fetchHistory();
        const failure = events?.at(-1)?.workflowExecutionFailedEventAttributes?.failure;
        assert.equal(failure?.applicationFailureInfo?.type, 'BadInput');
        assert.match(failure.message ?? '', /`@every 1s`.*terminate --workflow-id cron-.*`0k-chaos schedule apply`/);
      } finally {
        await client.workflow.getHandle(workflowId).terminate();
      }
    });
  }
});

describe('a workflow type that nobody knows', function () {
  this.timeout(60_000);
  const start = sideBySide();

  for (const type of ['mr_01_relay_crash_failovr', 'Scenario', 'default']) {
    const ending = start(type);
    it(`fails at once and names the scenarios that there are: ${type}`, async () => {
      const ended = await ending();
      assertRefused(ended, new RegExp(`^No scenario \`${type}\`\\. Known scenarios: `));
      for (const name of Object.keys(scenarios)) assert.ok(ended.message.includes(name), name);
    });
  }
});

describe('the words of a scenario', function () {
  this.timeout(60_000);
  const start = sideBySide();

  const every = start('odd_every_word');
  it('are faults that machines can be told', async () => {
    const ended = await every();
    assert.equal(ended.result?.verdict, 'passed', ended.message);
    const both = { direction: 'both' } as const;
    assert.deepEqual(specsOf(ended), [
      { kind: 'container', target: 'relay-1', action: 'kill', signal: 'SIGTERM' },
      { kind: 'container', target: 'relay-1', action: 'stop' },
      { kind: 'container', target: 'relay-1', action: 'restart' },
      { kind: 'container', target: 'relay-2', action: 'pause' },
      { kind: 'partition', target: 'guardian', from: 'all', ...both },
      { kind: 'partition', target: 'guardian', from: ['beast'], ...both },
      { kind: 'netem', target: 'guardian', lossPercent: 20 },
      { kind: 'netem', target: 'guardian', delayMs: 50, jitterMs: 5, toward: 'beast' },
      { kind: 'partition', target: 'relay-1', from: ['guardian'], ...both },
      { kind: 'partition', target: 'guardian', from: ['q'], ...both },
    ]);
  });

  it('heal a fault once, and each under its own number', async () => {
    const { world } = await every();
    const numbers = world.of('heal').map(({ ask }) => Number(ask.id?.split('/').at(-1)));
    assert.deepEqual(numbers, [1, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
  });

  const harmless = start('odd_breaks_nothing');
  it('may break nothing, and then nothing is locked for it alone', async () => {
    const { world, result } = await harmless();
    assert.equal(result?.verdict, 'passed');
    const lock = world.of('lock')[0]?.ask as unknown as { exclusive: string[]; shared: string[] };
    assert.deepEqual(lock.exclusive, []);
    assert.equal(lock.shared.length, 6);
  });
});

function assertRefused({ status, type, message }: Ended, named: RegExp): void {
  assert.equal(status, 'FAILED');
  assert.equal(type, 'BadInput');
  assert.match(message, named);
}

const messagesOf = (ask: unknown): MessageSpec[] => (ask as { messages: MessageSpec[] }).messages;

const specsOf = ({ world }: Ended): (FaultSpec | undefined)[] => world.of('inject').map(({ ask }) => ask.spec);
