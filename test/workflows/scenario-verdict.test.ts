import { strict as assert } from 'node:assert';
import type { HealedBy, RunResult } from '../../src/contract/run.ts';
import { assertPutBack } from './put-back.ts';
import { sideBySide } from './run.ts';
import { answers, refused } from './twists.ts';
import type { Twist } from './twists.ts';

const MR = 'mr_01_relay_crash_failover';
const EDGE_03 = 'edge_03_guardian_partition_recovery';

const message = {
  id: 'm-1',
  shape: 'line',
  bytes: 48,
  seed: 1,
  from: 'q',
  mayBeStored: true,
  blobId: null,
  seconds: 1.2,
} as const;
const delivery = { message: 'm-1', to: 'guardian', copies: 0, cursor: null };

/** What the machines answer, and how the run closes: the `type` of its failure and the beginning of its message. */
const rows: [string, string, Twist[], string, RegExp][] = [
  [
    'a push that is refused',
    MR,
    [answers('push', [{ ...message, outcome: 'refused', evidence: 'Push queued' }])],
    'ClaimFailed',
    /^failed: `a push from q succeeds` does not hold: it was refused: Push queued$/,
  ],
  [
    'a push of which nobody knows',
    MR,
    [answers('push', [{ ...message, outcome: 'indeterminate', evidence: 'no answer' }])],
    'ClaimFailed',
    /^failed: `a push from q succeeds` does not hold: it was indeterminate: no answer$/,
  ],
  [
    'a message that does not arrive',
    MR,
    [answers('awaitDelivery', [{ ...delivery, seconds: null }])],
    'ClaimFailed',
    /^failed: `guardian receives every message` does not hold: guardian lacks 1 of 1 messages, such as m-1 after 180 s$/,
  ],
  [
    'a message that arrives where it should not',
    EDGE_03,
    [answers('look', { present: ['a', 'b'] })],
    'ClaimFailed',
    /^failed: `guardian receives none of the messages` does not hold: it has 2 of 10, such as a$/,
  ],
  [
    'an invariant that is broken',
    MR,
    [answers('invariants', { broken: [{ id: 'leak-log', message: 'plaintext in the log of relay-2', count: 1 }] })],
    'ClaimFailed',
    /^failed: plaintext in the log of relay-2$/,
  ],
  [
    'an invariant that is broken after trouble of the tool',
    MR,
    [refused('push'), answers('invariants', { broken: [{ id: 'lost', message: '`m` is lost', count: 1 }] })],
    'ClaimFailed',
    /^failed: `m` is lost \(and 1 more\)$/,
  ],
  [
    'an invariant that nobody can judge',
    MR,
    [answers('invariants', { unknown: ['relay-3 logs nothing of its own'] })],
    'Inconclusive',
    /^inconclusive: relay-3 logs nothing of its own$/,
  ],
  [
    'a fault that does not bite',
    MR,
    [answers('inject', { bite: { bit: false, how: 'relay-1 still answers' } })],
    'Inconclusive',
    /^inconclusive: `kill relay-1 \(SIGKILL\)` did not bite: relay-1 still answers$/,
  ],
  [
    'a machine that is not as it was',
    MR,
    [answers('verify', { residue: ['guardian: qdisc netem 7c05:'] })],
    'Inconclusive',
    /^inconclusive: not as it was before the run: guardian: qdisc netem 7c05:$/,
  ],
  ...(['hold', 'sweep', 'lease', 'hand', 'somebody'] satisfies HealedBy[]).map((healedBy): (typeof rows)[number] => [
    `a fault that ${healedBy} has healed before`,
    MR,
    [answers('heal', { healedBy })],
    'Inconclusive',
    /^inconclusive: `kill relay-1 \(SIGKILL\)` was interrupted: /,
  ]),
];

describe('the verdict of a run', function () {
  this.timeout(60_000);
  const start = sideBySide();

  for (const [what, scenario, twists, type, because] of rows) {
    const ending = start(scenario, { twists });

    it(`is ${type} at ${what}, and all is healed`, async () => {
      const ended = await ending();
      assertPutBack(ended);
      assert.equal(ended.status, 'FAILED');
      assert.equal(ended.type, type);
      assert.match(ended.message, because);
      const { verdict, because: reason, journal } = ended.result as RunResult;
      assert.equal(verdict, type === 'ClaimFailed' ? 'failed' : 'inconclusive');
      assert.equal(ended.message, `${verdict}: ${reason}`);
      assert.match(journal, /journal\.json$/);
    });
  }

  const toothless = start(EDGE_03, { twists: [answers('inject', { bite: { bit: false, how: 'a way round' } })] });
  it('does not wait for the body of a fault that does not bite', async () => {
    const { world } = await toothless();
    assert.deepEqual(world.of('push'), []);
  });

  const residue = start(MR, { twists: [answers('verify', { residue: ['guardian: a qdisc'] })] });
  it('comes with what is not put back', async () => {
    assert.deepEqual((await residue()).result?.residue, ['guardian: a qdisc']);
  });

  const finding = { id: 'duplicate', message: 'guardian has one message twice', count: 1 };
  const found = start(MR, { twists: [answers('invariants', { findings: [finding] })] });
  it('is not changed by a finding, which stands beside it', async () => {
    const { result } = await found();
    assert.equal(result?.verdict, 'passed');
    assert.deepEqual(result?.findings, [finding]);
  });

  const replaced = start(MR, {
    twists: [
      answers('push', [
        { ...message, outcome: 'indeterminate', evidence: 'the worker died', retriedAs: 'm-1-again' },
        { ...message, id: 'm-1-again', outcome: 'acknowledged', evidence: '' },
      ]),
    ],
  });
  it('rests on the message that was pushed in the place of one whose push the worker did not survive', async () => {
    const { result, world } = await replaced();
    assert.equal(result?.verdict, 'passed');
    const asked = world.of('awaitDelivery')[0]?.ask as unknown as { messages: { id: string }[] };
    assert.deepEqual(
      asked.messages.map(({ id }) => id),
      ['m-1-again'],
    );
  });
});
