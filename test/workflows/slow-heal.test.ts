import { strict as assert } from 'node:assert';
import type { WorkflowHandle } from '@temporalio/client';
import { QUERY_PROGRESS, QUERY_REPORT } from '../../src/contract/names.ts';
import { SIGNAL_SLOW, type SlowHeal } from '../../src/contract/slow-heal.ts';
import { assertPutBack } from './put-back.ts';
import { sideBySide } from './run.ts';
import { answers, cancelAfter, refused, REFUSED, torn, until } from './twists.ts';
import type { Twist } from './twists.ts';

const MR = 'mr_01_relay_crash_failover';
const CONV = 'conv_01_convergence_after_multi_failure';
const told: SlowHeal = {
  what: 'heal: kill relay-1 (SIGKILL)',
  seconds: 12.4,
  attempt: 7,
  why: 'beast does not answer',
};

interface Seen {
  phase: string;
  slow: SlowHeal[];
  attribute: unknown;
}

async function seen(handle: WorkflowHandle): Promise<Seen> {
  const { phase, slow } = await handle.query<Pick<Seen, 'phase' | 'slow'>>(QUERY_REPORT);
  const { typedSearchAttributes } = await handle.describe();
  return { phase, slow, attribute: typedSearchAttributes.getAll().find(({ key }) => key.name === 'ChaosPhase')?.value };
}

/** The heal says of itself that it is slow, and goes on once somebody has looked. */
const tells = (looks: Seen[], slow: SlowHeal = told, nth = 1): Twist => ({
  step: 'heal',
  nth,
  async before({ ask }, { client }) {
    const handle = client.workflow.getHandle(ask.run.workflowId);
    await handle.signal(SIGNAL_SLOW, slow);
    looks.push(await seen(handle));
  },
});

describe('a heal that takes long', function () {
  this.timeout(60_000);
  const start = sideBySide();

  const looks: Seen[] = [];
  const slow = start(MR, { twists: [tells(looks)] });
  it('is seen in phase, report and progress while it lasts, and no longer', async () => {
    const ended = await slow();
    assertPutBack(ended);
    assert.deepEqual(looks, [{ phase: 'healing (slow)', slow: [told], attribute: 'healing (slow)' }]);
    const after = await seen(ended.handle);
    assert.deepEqual([after.slow, after.attribute], [[], 'done']);
    const lines = await ended.handle.query<{ text: string }[]>(QUERY_PROGRESS);
    const line = lines.find(({ text }) => text.startsWith('slow for'))?.text;
    assert.equal(
      line,
      'slow for 12 s, attempt 7: heal: kill relay-1 (SIGKILL): beast does not answer; it is tried until it is done',
    );
    assert.equal(ended.result?.verdict, 'passed');
  });

  const gone: Twist = {
    step: 'heal',
    nth: 1,
    async before({ ask }, { client, world }) {
      world.isSlow = true;
      const what = 'heal: cut guardian off from everything but control';
      await client.workflow.getHandle(ask.run.workflowId).signal(SIGNAL_SLOW, { ...told, what });
      await until(() => world.standing.size === 1, 8_000);
    },
  };
  const oneGone = start(CONV, { twists: [refused('push'), gone] });
  it('keeps no other fault standing: the next one is healed beside it', async () => {
    const ended = await oneGone();
    assertPutBack(ended);
    const heals = ended.world.of('heal');
    assert.deepEqual(
      heals.map(({ ask, ended: how, attempt }) => [ask.spec?.target, how, attempt]),
      [
        ['guardian', 'well', 1],
        ['relay-1', 'well', 1],
      ],
    );
    assert.deepEqual(heals[0]?.meanwhile, ['heal']);
    assert.deepEqual([...ended.world.healed.values()], ['frame', 'frame']);
  });

  const inTheBody: Seen[] = [];
  const early = start(CONV, {
    twists: [
      tells(inTheBody),
      {
        step: 'awaitDelivery',
        nth: 1,
        before: async ({ ask }, { client }) =>
          void inTheBody.push(await seen(client.workflow.getHandle(ask.run.workflowId))),
      },
    ],
  });
  it('in the middle of a body gives the phase back that it took', async () => {
    await early();
    assert.deepEqual(
      inTheBody.map(({ phase }) => phase),
      ['healing (slow)', 'disturbing'],
    );
  });

  const late: Seen[] = [];
  const stale = start(MR, { twists: [tells(late, { ...told, what: 'heal: something healed long ago' })] });
  it('is no news when it is told of what is healed already', async () => {
    await stale();
    assert.deepEqual(
      late.map(({ phase }) => phase),
      ['healing'],
    );
  });

  const again: Twist = {
    step: 'heal',
    nth: 1,
    before: async ({ ask }, { client }) => void (await client.workflow.getHandle(ask.run.workflowId).cancel()),
  };
  const twice = start(CONV, { twists: [cancelAfter('push'), again, torn('heal', 3, 1)] });
  it('is not broken off by a second abort, nor a third', async () => {
    const ended = await twice();
    assertPutBack(ended);
    assert.equal(ended.status, 'CANCELLED');
    assert.equal(ended.world.of('heal').filter(({ attempt }) => attempt > 3).length, 1);
    assert.deepEqual([...ended.world.healed.values()], ['frame', 'frame']);
  });
});

describe('the message of a run that could not be put back', function () {
  this.timeout(60_000);
  const start = sideBySide();

  const both = start(CONV, { twists: [refused('push'), refused('heal', 1), refused('heal', 2)] });
  it('names what the body died of, and every heal that failed', async () => {
    const { message, result, world } = await both();
    assert.match(message, new RegExp(`^inconclusive: disturbing: ${REFUSED} \\(and \\d more\\)\\. Not put back: `));
    for (const what of ['cut guardian', 'kill relay-1 \\(SIGKILL\\)'])
      assert.match(message, new RegExp(`${what}[^;]* is not healed: ${REFUSED}`));
    assert.equal(result?.residue.length, 2);
    assert.equal(world.standing.size, 2);
  });

  for (const step of ['invariants', 'verify', 'conclude'] as const) {
    const hidden = start(MR, { twists: [refused('heal'), refused(step)] });
    it(`does not leave out the heal when ${step} fails as well`, async () => {
      const { message, result } = await hidden();
      assert.match(message, new RegExp(`kill relay-1 \\(SIGKILL\\) is not healed: ${REFUSED}`));
      assert.equal(result?.residue.length, 1);
    });
  }

  for (const healedBy of ['hold', 'sweep', 'lease', 'hand', 'somebody'] as const) {
    const other = start(MR, { twists: [answers('heal', { healedBy })] });
    it(`is there, and no pass, when ${healedBy} had ended the fault of a run that lives`, async () => {
      const { type, message } = await other();
      assert.equal(type, 'Inconclusive');
      assert.match(message, /kill relay-1 \(SIGKILL\)` was interrupted/);
    });
  }
});
