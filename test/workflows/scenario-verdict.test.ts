import { strict as assert } from 'node:assert';
import type { HealedBy, RunResult } from '../../src/contract/run.ts';
import { assertPutBack } from './put-back.ts';
import { sideBySide } from './run.ts';
import { answers, refused } from './twists.ts';
import type { Twist } from './twists.ts';

const MR = 'mr_01_relay_crash_failover';
const MR_04 = 'mr_04_all_relays_down';
const CM_01 = 'cm_01_q_push_guardian_pull';
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

/** For the ten messages that CM-01 pushes. */
const all = <T>(of: (message: { id: string }, n: number) => T): T[] =>
  Array.from({ length: 10 }, (_, n) => of({ id: `m-${n + 1}` }, n));

/** What the machines answer, and how the run closes: the `type` of its failure and the beginning of its message. */
type Row = [string, string, Twist[], string, RegExp];

const rows: Row[] = [
  [
    'a push that is refused',
    MR,
    [answers('push', [{ ...message, outcome: 'refused', evidence: 'Push queued' }])],
    'ClaimFailed',
    /^failed: `a push from q succeeds` does not hold: it was refused: Push queued$/,
  ],
  [
    'a first push that is refused while nothing is broken',
    MR_04,
    [
      answers('arrange', {
        findings: [],
        first: [{ ...message, id: 'm-0', outcome: 'refused', evidence: 'Push queued' }],
      }),
    ],
    'ClaimFailed',
    /^failed: `a push from q succeeds while nothing is broken` does not hold: it was refused: Push queued$/,
  ],
  [
    'a first push whose client somebody ended',
    MR,
    [
      answers('arrange', {
        findings: [],
        first: [{ ...message, outcome: 'indeterminate', evidence: 'ended by SIGKILL', endedBy: 'KILL' }],
      }),
    ],
    'Inconclusive',
    /^inconclusive: arranging: somebody, or a machine without memory, ended q: ended by SIGKILL$/,
  ],
  [
    'a push of which nobody knows',
    MR,
    [answers('push', [{ ...message, outcome: 'indeterminate', evidence: 'no answer' }])],
    'ClaimFailed',
    /^failed: `a push from q succeeds` does not hold: it was indeterminate: no answer$/,
  ],
  [
    'a push whose client somebody ended',
    MR,
    [answers('push', [{ ...message, outcome: 'indeterminate', evidence: 'ended by SIGKILL', endedBy: 'KILL' }])],
    'Inconclusive',
    /^inconclusive: disturbing: somebody, or a machine without memory, ended q: ended by SIGKILL$/,
  ],
  [
    'a push that is refused, beside one whose client somebody ended',
    MR,
    [
      answers('push', [
        { ...message, outcome: 'indeterminate', evidence: 'ended by SIGKILL', endedBy: 'KILL' },
        { ...message, outcome: 'refused', evidence: 'Push queued' },
      ]),
    ],
    'ClaimFailed',
    /^failed: `a push from q succeeds` does not hold: it was refused: Push queued$/,
  ],
  ...['Error:', 'Push queued (offline mode): no reason given'].map((evidence): Row => [
    `a push that has to fail, and does not say why: ${evidence}`,
    MR_04,
    [answers('push', [{ ...message, outcome: 'refused', evidence }])],
    'ClaimFailed',
    /^failed: `a push from q fails, says why, and ends by itself` does not hold: all that m-1 came to is `(Error|Push)/,
  ]),
  [
    'a push that has to fail, whose client somebody ended',
    MR_04,
    [answers('push', [{ ...message, outcome: 'indeterminate', evidence: 'ended by SIGTERM', endedBy: 'TERM' }])],
    'Inconclusive',
    /^inconclusive: disturbing: somebody, or a machine without memory, ended q: ended by SIGTERM$/,
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
    'a message that arrives because somebody had ended the cut',
    EDGE_03,
    [answers('look', { present: ['m-1'] }), answers('gone', ['`cut guardian off` does not stand any more'])],
    'Inconclusive',
    /^inconclusive: disturbing: it was ended before the run ended it: `cut guardian off` does not stand any more$/,
  ],
  [
    'a push that succeeds with every relay down',
    MR_04,
    [answers('push', [{ ...message, outcome: 'acknowledged', evidence: '' }])],
    'ClaimFailed',
    /^failed: `a push from q fails, says why, and ends by itself` does not hold: m-1 was acknowledged/,
  ],
  [
    'a push that never ends with every relay down',
    MR_04,
    [answers('push', [{ ...message, outcome: 'indeterminate', evidence: 'not ended after 150 s' }])],
    'ClaimFailed',
    /^failed: `a push from q fails.* does not hold: m-1 was indeterminate: not ended after 150 s$/,
  ],
  [
    'a relay that lacks a message which all should have',
    'mr_02_fan_out_all_relays',
    [answers('heldBy', { lacking: ['m-1'], evidence: 'none' })],
    'ClaimFailed',
    /^failed: `relay-1, relay-2, relay-3 each hold every message` does not hold: relay-1 lacks m-1 \(none\)$/,
  ],
  [
    'a restarted relay that has its old endpoint id',
    'mr_03_relay_restart_new_endpoint',
    [answers('endpoint', { id: 'old id of relay-1', oldAnswers: false }, 2)],
    'ClaimFailed',
    /^failed: `relay-1 has a new endpoint id, .* does not hold: it is old id o… as before$/,
  ],
  [
    'a relay that still answers at its old endpoint id',
    'mr_03_relay_restart_new_endpoint',
    [answers('endpoint', { oldAnswers: true }, 2)],
    'ClaimFailed',
    /still answers q$/,
  ],
  [
    'a message that comes twice where the claim says once',
    CM_01,
    [
      answers(
        'awaitDelivery',
        all(({ id }, n) => ({ message: id, to: 'guardian', seconds: 1, copies: 2, cursor: n })),
      ),
    ],
    'ClaimFailed',
    /^failed: `guardian receives every message once` does not hold: m-1 came 2 times$/,
  ],
  [
    'messages that come in another order',
    CM_01,
    [
      answers(
        'awaitDelivery',
        all(({ id }, n) => ({ message: id, to: 'guardian', seconds: 1, copies: 1, cursor: -n })),
      ),
    ],
    'ClaimFailed',
    /^failed: `guardian receives the messages in the order of the pushes` does not hold: m-2 stands at -1/,
  ],
  [
    'messages that are shown in another order than they stand in',
    CM_01,
    [
      answers(
        'awaitDelivery',
        all(({ id }, n) => ({ message: id, to: 'guardian', seconds: 1, copies: 1, cursor: n, place: -n })),
      ),
    ],
    'ClaimFailed',
    /^failed: `guardian receives the messages in the order of the pushes` does not hold: m-2 stands at -1/,
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
    'a message that stands twice in the end, where the claim says once',
    'cm_04_concurrent_push_pull',
    [answers('invariants', { findings: [{ id: 'duplicate', message: 'm-3 stands 2 times at relay-2', count: 1 }] })],
    'ClaimFailed',
    /^failed: m-3 stands 2 times at relay-2$/,
  ],
  [
    'a push that had to fail and does not, in the place of one that its worker did not survive',
    MR_04,
    [
      answers('push', [
        { ...message, outcome: 'indeterminate', evidence: 'the worker died', retriedAs: 'm-1-again' },
        { ...message, id: 'm-1-again', outcome: 'acknowledged', blobId: 'b', evidence: '' },
      ]),
    ],
    'ClaimFailed',
    /^failed: `a push from q fails, .*` does not hold: m-1-again was acknowledged/,
  ],
  [
    'an invariant that nobody can judge',
    MR,
    [answers('invariants', { unknown: ['relay-3 logs nothing of its own'] })],
    'Inconclusive',
    /^inconclusive: relay-3 logs nothing of its own$/,
  ],
  [
    'a message that does not arrive where the clock of a relay jumped',
    MR,
    [
      answers('awaitDelivery', [{ ...delivery, seconds: null }]),
      answers('invariants', { outside: ['the clock of relay-1 jumped by a year'] }),
    ],
    'Inconclusive',
    /^inconclusive: the clock of relay-1 jumped by a year \(and 1 more\)$/,
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
  ...(['hold', 'sweep', 'lease', 'hand', 'somebody'] satisfies HealedBy[]).map((healedBy): Row => [
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

  const failedOver = start(CM_01, {
    twists: [
      answers(
        'awaitDelivery',
        all(({ id }, n) => ({ message: id, to: 'guardian', seconds: 1, copies: 1, cursor: n === 4 ? null : n })),
      ),
    ],
  });
  it('is passed where the place of a message is not known, as another relay had shown it', async () => {
    assert.equal((await failedOver()).result?.verdict, 'passed');
  });

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
