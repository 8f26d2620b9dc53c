import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import type { FaultRecord, HealedBy } from '../../src/contract/run.ts';
import { judge } from '../../src/contract/verdict.ts';
import type { Evidence } from '../../src/contract/verdict.ts';

const fault = (change: Partial<FaultRecord> = {}): FaultRecord => ({
  id: 'w/r/1',
  kind: 'container',
  target: 'relay-1',
  summary: 'kill relay-1 (SIGKILL)',
  injectedAt: '2026-02-08T10:00:00.000Z',
  healedAt: '2026-02-08T10:00:30.000Z',
  healedBy: 'frame',
  healSeconds: 2.1,
  bite: { bit: true, how: 'container exited' },
  ...change,
});

const clean: Evidence = {
  claimFailures: [],
  broken: [],
  unknown: [],
  outside: [],
  harness: [],
  faults: [fault()],
  residue: [],
};

const claimFailure = { id: 'not-delivered', claim: 'Guardian receives it', message: 'none of 1 within 18 s', count: 1 };

/** Each kind of bad news alone, and what it makes of a clean run. */
const rows: [string, Partial<Evidence>, 'failed' | 'inconclusive', RegExp][] = [
  [
    'a statement that did not hold',
    { claimFailures: [claimFailure] },
    'failed',
    /`Guardian receives it` does not hold: none of 1/,
  ],
  [
    'a broken invariant',
    { broken: [{ id: 'lost', message: 'message `m-3` is lost', count: 1 }] },
    'failed',
    /^message `m-3` is lost$/,
  ],
  [
    'a fault never injected',
    { faults: [fault({ injectedAt: null, healedAt: null, healedBy: null, bite: null })] },
    'inconclusive',
    /was not injected$/,
  ],
  [
    'a fault that did not bite',
    { faults: [fault({ bite: { bit: false, how: 'pull got through by `guardian`' } })] },
    'inconclusive',
    /did not bite: pull got through/,
  ],
  ['a bite nobody measured', { faults: [fault({ bite: null })] }, 'inconclusive', /its effect was not measured/],
  ['trouble of the tool', { harness: ['`beast` is unreachable'] }, 'inconclusive', /^`beast` is unreachable$/],
  [
    'a heal that is not proved',
    { faults: [fault({ healedAt: null, healedBy: null })] },
    'inconclusive',
    /not verified as healed/,
  ],
  [
    'a fault that is healed and not back',
    { faults: [fault({ notBack: 'round trip 2 → 510 ms' })] },
    'inconclusive',
    /is healed, but not all is as before: round trip 2 → 510 ms/,
  ],
  [
    'a difference from the baseline',
    { residue: ['guardian: qdisc netem 7c05:'] },
    'inconclusive',
    /not as it was before the run: guardian/,
  ],
  [
    'an invariant that could not be judged',
    { unknown: ['relay-1 logs nothing of its own'] },
    'inconclusive',
    /logs nothing/,
  ],
];

describe('judge', () => {
  it('passes a run in which everything held and every fault bit and was healed by the frame', () => {
    assert.deepEqual(judge(clean), {
      verdict: 'passed',
      because: 'everything that the claim says held; 1 fault bit and was healed',
      reasons: [],
      failures: [],
    });
  });

  it('passes a run that breaks nothing', () => {
    assert.equal(judge({ ...clean, faults: [] }).because, 'everything that the claim says held');
  });

  for (const [what, change, verdict, because] of rows) {
    it(`ends ${verdict} on ${what}`, () => {
      const judgement = judge({ ...clean, ...change });
      assert.equal(judgement.verdict, verdict);
      assert.match(judgement.because, because);
      assert.equal(judgement.reasons.length, 1);
    });
  }

  for (const healedBy of ['hold', 'sweep', 'lease', 'hand', 'somebody'] satisfies HealedBy[]) {
    it(`ends inconclusive when ${healedBy} ended the fault and not the run`, () => {
      const judgement = judge({ ...clean, faults: [fault({ healedBy })] });
      assert.equal(judgement.verdict, 'inconclusive');
      assert.match(judgement.because, /^`kill relay-1 \(SIGKILL\)` was interrupted: /);
    });
  }

  it('takes a heal that nobody is known to have made for not verified', () => {
    assert.match(judge({ ...clean, faults: [fault({ healedBy: null })] }).because, /not verified as healed/);
  });

  it('gives the verdict of the gravest for every pair of bad news, and tells the other', () => {
    for (const [, first, firstVerdict] of rows) {
      for (const [, second, secondVerdict] of rows) {
        if (first === second || (first.faults && second.faults)) continue;
        const judgement = judge({ ...clean, ...first, ...second });
        assert.equal(judgement.verdict, [firstVerdict, secondVerdict].includes('failed') ? 'failed' : 'inconclusive');
        assert.equal(judgement.reasons.length, 2);
        assert.match(judgement.because, /\(and 1 more\)$/);
      }
    }
  });

  it('names a broken claim before the trouble of the tool', () => {
    const judgement = judge({ ...clean, harness: ['x'], residue: ['y'], claimFailures: [claimFailure] });
    assert.match(judgement.because, /^`Guardian receives it` does not hold.*\(and 2 more\)$/);
  });

  it('says why a fault was not injected before that it was not, and no more of it', () => {
    const faults = [fault({ injectedAt: null, bite: null, healedBy: 'somebody' })];
    const { reasons } = judge({ ...clean, faults, harness: ['disturbing: no root on guardian'] });
    assert.deepEqual(reasons, ['disturbing: no root on guardian', '`kill relay-1 (SIGKILL)` was not injected']);
  });

  it('takes a cut that was to end with its lease for healed when it did, and for interrupted when anything else ended it', () => {
    const ended = (healedBy: HealedBy) => judge({ ...clean, faults: [fault({ byLease: true, healedBy })] }).verdict;
    assert.deepEqual([ended('lease'), ended('somebody')], ['passed', 'inconclusive']);
  });

  it('takes what is lost, late or unanswered for nothing said where a clock jumped, and what a clock cannot do for failed', () => {
    const jumped = { ...clean, outside: ['the clock of the machine of relay-1 jumped by 31536000 s'] };
    assert.equal(judge(jumped).verdict, 'inconclusive');
    const lost = { id: 'lost', message: 'message `m-3` is lost', count: 1 };
    const excused = judge({ ...jumped, claimFailures: [claimFailure], broken: [lost] });
    assert.equal(excused.verdict, 'inconclusive');
    assert.match(excused.because, /^the clock of the machine of relay-1 jumped.*\(and 2 more\)$/);
    assert.deepEqual(excused.failures, []);
    const leak = { id: 'leak-log', message: 'the log of relay-1 holds `m-3`', count: 1 };
    const failed = judge({ ...jumped, claimFailures: [claimFailure], broken: [leak] });
    assert.deepEqual([failed.verdict, failed.failures], ['failed', [leak]]);
    assert.equal(failed.reasons.length, 3);
  });

  it('judges each fault on its own', () => {
    const faults = [fault(), fault({ bite: { bit: false, how: 'a' } }), fault({ healedBy: 'lease' })];
    assert.equal(judge({ ...clean, faults }).reasons.length, 2);
  });

  it('never passes with a reason against it, and never fails without one', () => {
    const texts = fc.array(fc.string({ minLength: 1 }), { maxLength: 2 });
    const faults = fc.array(
      fc.record({ healedBy: fc.constantFrom('frame' as const, 'lease' as const, null), bit: fc.option(fc.boolean()) }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(texts, texts, texts, texts, faults, (messages, unknown, harness, residue, shapes) => {
        const broken = messages.map((message) => ({ id: 'lost', message, count: 1 }));
        const records = shapes.map(({ healedBy, bit }) =>
          fault({ healedBy, bite: bit === null ? null : { bit, how: '' } }),
        );
        const { verdict, reasons, failures } = judge({
          claimFailures: [],
          broken,
          unknown,
          outside: [],
          harness,
          residue,
          faults: records,
        });
        assert.equal(verdict === 'passed', reasons.length === 0);
        assert.equal(verdict === 'failed', broken.length > 0);
        assert.deepEqual(failures, broken);
      }),
    );
  });
});
