import { strict as assert } from 'node:assert';
import type { Ended } from '../e2e/test-lab.ts';
import type { Cell } from './axes.ts';
import { wrongEnd } from './judge-cell.ts';

const cell = (more: Partial<Cell> = {}): Cell => ({
  ...{ fault: 'container kill', boundary: 'holding', death: 'ssh reset' },
  ...more,
});
const PASSED: Ended = { status: 'completed', kind: null, message: 'held', result: null };
const INCONCLUSIVE: Ended = { status: 'failed', kind: 'Inconclusive', message: 'its lease ran out', result: null };
const FAILED: Ended = { status: 'failed', kind: 'ClaimFailed', message: 'missing', result: null };
const BY_FRAME = { by: 'frame', stood: true };
const BY_LEASE = { by: 'lease', stood: true };

const wrong = (ended: Ended, healed: { by: string; stood: boolean } | null, more: Partial<Cell> = {}, forgot = false) =>
  wrongEnd(cell(more), { ended, healed, forgot }).join();

describe('the end of a cell', () => {
  it('is right when what stood was healed by the frame and the run passed, or was interrupted and the run says so', () => {
    assert.equal(wrong(PASSED, BY_FRAME), '');
    assert.equal(wrong(INCONCLUSIVE, BY_LEASE), '');
    assert.equal(wrong(INCONCLUSIVE, BY_LEASE, { death: 'black hole' }), '');
  });

  it('is wrong when a run passes although its disturbance was interrupted', () => {
    assert.match(wrong(PASSED, BY_LEASE), /passed, although it was healed by lease/);
    assert.match(wrong(PASSED, { by: 'frame', stood: false }), /gone before it was healed/);
    assert.match(wrong(PASSED, null), /knows of no heal/);
    assert.match(wrong(PASSED, BY_FRAME, {}, true), /lost its power/);
  });

  it('is wrong when a run fails, or nothing interrupted it and it does not pass', () => {
    assert.match(wrong(FAILED, BY_FRAME), /failed because of the tool/);
    assert.match(wrong(INCONCLUSIVE, BY_FRAME), /not passed, although nothing interrupted it/);
    assert.equal(wrong(INCONCLUSIVE, BY_FRAME, { death: 'dockerd restarted' }), '');
    assert.equal(wrong(INCONCLUSIVE, BY_FRAME, { death: 'frozen worker' }), '');
  });

  it('of a fault that ends by itself, or by its lease, asks for just that', () => {
    assert.equal(wrong(PASSED, { by: 'frame', stood: false }, { fault: 'container restart' }), '');
    assert.equal(wrong(PASSED, BY_LEASE, { fault: 'partition with control' }), '');
    assert.equal(wrong(PASSED, { by: 'lease', stood: false }, { fault: 'partition with control' }), '');
    assert.match(wrong(PASSED, BY_FRAME, { fault: 'partition with control' }), /healed by frame/);
    const unmeasured = { fault: 'partition with control', death: 'worker killed and back at once' } as const;
    assert.equal(wrong(INCONCLUSIVE, BY_LEASE, { ...unmeasured, boundary: 'probed' }), '');
    assert.match(wrong(INCONCLUSIVE, BY_LEASE, unmeasured), /not passed, although nothing interrupted it/);
  });

  it('of a run that somebody ended is that end, and no other death ends a run so', () => {
    const [terminated, cancelled] = (['terminated', 'cancelled'] as const).map((status) => ({
      ...INCONCLUSIVE,
      status,
    }));
    assert.equal(wrong(terminated as Ended, null, { death: 'run timeout' }), '');
    assert.match(wrong(PASSED, BY_FRAME, { death: 'terminated by hand' }), /it ended completed/);
    assert.equal(wrong(cancelled as Ended, BY_FRAME, { death: 'cancelled' }), '');
    assert.match(wrong(cancelled as Ended, BY_FRAME), /it ended cancelled/);
    assert.match(wrong(terminated as Ended, BY_FRAME), /it ended terminated/);
  });
});
