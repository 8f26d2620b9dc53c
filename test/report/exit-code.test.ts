import { strict as assert } from 'node:assert';
import { exitCodeOf, gravest } from '../../src/report/exit-code.ts';

describe('exit codes', () => {
  it('are 0, 1 and 3 for the three verdicts', () => {
    assert.equal(exitCodeOf({ verdict: 'passed', residue: [] }), 0);
    assert.equal(exitCodeOf({ verdict: 'failed', residue: [] }), 1);
    assert.equal(exitCodeOf({ verdict: 'inconclusive', residue: [] }), 3);
  });

  it('are 130 for an aborted run that is healed', () => {
    assert.equal(exitCodeOf({ verdict: 'inconclusive', residue: [] }, 'aborted'), 130);
  });

  it('are 4 for anything that is not healed, whatever else happened', () => {
    for (const verdict of ['passed', 'failed', 'inconclusive'] as const) {
      assert.equal(exitCodeOf({ verdict, residue: ['guardian: qdisc'] }), 4);
      assert.equal(exitCodeOf({ verdict, residue: ['guardian: qdisc'] }, 'aborted'), 4);
    }
  });

  it('of several runs are the gravest', () => {
    assert.equal(gravest([]), 0);
    assert.equal(gravest([0, 3, 0]), 3);
    assert.equal(gravest([3, 1, 0]), 1);
    assert.equal(gravest([1, 4, 130]), 4);
    assert.equal(gravest([0, 7]), 7);
  });
});
