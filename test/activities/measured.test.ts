import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunFolder } from '../../src/activities/journal.ts';
import { measuredBefore, remembered } from '../../src/activities/measured.ts';

describe('what was measured before a fault', () => {
  const stateDir = mkdtempSync(join(tmpdir(), '0k-chaos-measured-'));
  after(() => rmSync(stateDir, { recursive: true, force: true }));
  let runs = 0;
  const folder = () => new RunFolder(stateDir, { scenario: 's', workflowId: 'w', runId: String((runs += 1)) });
  const measure = (rttMs: number) => () => Promise.resolve({ rttMs });

  it('is not measured again by the next attempt, when it would be the fault itself', async () => {
    const run = folder();
    assert.deepEqual(await remembered(run, 'x', measure(1)), { rttMs: 1 });
    assert.deepEqual(await remembered(run, 'x', measure(500)), { rttMs: 1 });
    assert.deepEqual(await remembered(run, 'y', measure(500)), { rttMs: 500 });
  });

  it('stays what the attempt found that was done first, though one that was frozen comes after it', async () => {
    const run = folder();
    let thaw: (value: { rttMs: number }) => void = () => undefined;
    const frozen = remembered(run, 'x', () => new Promise<{ rttMs: number }>((resolve) => (thaw = resolve)));
    await remembered(run, 'x', measure(1));
    thaw({ rttMs: 500 });
    assert.deepEqual([await frozen, measuredBefore(run, 'x')], [{ rttMs: 1 }, { rttMs: 1 }]);
  });
});
