import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { renderDetails } from '../../src/contract/details.ts';
import type { DetailsState } from '../../src/contract/details.ts';
import type { FaultRecord } from '../../src/contract/run.ts';

const fault: FaultRecord = {
  id: 'w/r/1',
  kind: 'container',
  target: 'relay-1',
  summary: 'kill relay-1 (SIGKILL)',
  injectedAt: '2026-02-08T10:11:12.345Z',
  healedAt: null,
  healedBy: null,
  healSeconds: null,
  bite: { bit: true, how: 'container exited with 137' },
};

const state: DetailsState = {
  scenario: 'mr_01_relay_crash_failover',
  claim: 'MR-01. A killed relay costs nobody a message.',
  phase: 'disturbing',
  faults: [fault],
  checks: [{ what: 'push from q', state: '10:11:14', seconds: 3.04 }],
  deliveries: [
    { message: 'm-1', to: 'guardian', seconds: 0.52, copies: 1, cursor: 1 },
    { message: 'm-2', to: 'guardian', seconds: null, copies: 0, cursor: null },
  ],
};

describe('renderDetails', () => {
  it('shows phase, claim, faults with times, deliveries by client and steps', () => {
    assert.equal(
      renderDetails(state),
      [
        '### mr_01_relay_crash_failover: disturbing',
        'MR-01. A killed relay costs nobody a message.',
        '**Faults**',
        '| fault | injected | healed | bite |\n| --- | --- | --- | --- |\n' +
          '| kill relay-1 (SIGKILL) | 10:11:12 | **no** | yes: container exited with 137 |',
        '**Deliveries**',
        '| to | arrived | slowest |\n| --- | --- | --- |\n| guardian | 1 of 2 | 0.5 s |',
        '**Steps**',
        '|  | what | s |\n| --- | --- | --- |\n| 10:11:14 | push from q | 3 |',
      ].join('\n\n'),
    );
  });

  it('shows the verdict in place of the phase, and by whom a fault was healed', () => {
    const healed = { ...fault, healedAt: '2026-02-08T10:11:52.000Z', healedBy: 'frame' as const, healSeconds: 2.14 };
    const page = renderDetails({ ...state, faults: [healed], verdict: 'passed', because: 'all held' });
    assert.match(page, /^### mr_01_relay_crash_failover: passed\n/);
    assert.match(page, /\| 10:11:52 by frame, 2.1 s \|/);
    assert.match(page, /\*\*Because:\*\* all held/);
  });

  it('leaves out what there is nothing of', () => {
    const page = renderDetails({ ...state, faults: [], checks: [], deliveries: [] });
    assert.doesNotMatch(page, /Faults|Deliveries|Steps/);
  });

  it('keeps table cells whole whatever the text', () => {
    const page = renderDetails({ ...state, faults: [{ ...fault, summary: 'a | b\n| c' }] });
    assert.match(page, /\| a \\\| b \\\| c \| 10:11:12/);
  });

  it('shows the newest twenty rows and says so', () => {
    const checks = Array.from({ length: 50 }, (_, n) => ({ what: `step ${n}`, state: 'ok' }));
    const page = renderDetails({ ...state, checks });
    assert.match(page, /the last 20 of 50/);
    assert.match(page, /step 49 /);
    assert.doesNotMatch(page, /step 29 /);
  });

  it('stays small whatever it is given', () => {
    const text = fc.string({ unit: 'binary', maxLength: 2000 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 40 }), text, (texts, claim) => {
        const page = renderDetails({
          ...state,
          claim,
          faults: texts.map((summary) => ({ ...fault, summary })),
          checks: texts.map((what) => ({ what, state: what })),
        });
        assert.ok(page.length <= 8_100, `${page.length} characters`);
      }),
      { numRuns: 15 },
    );
  });
});
