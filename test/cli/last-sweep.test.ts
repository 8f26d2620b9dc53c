import { strict as assert } from 'node:assert';
import type { Link } from '../../src/cli/temporal.ts';
import { lastSweep, renderSweep } from '../../src/cli/last-sweep.ts';
import type { SweepResult } from '../../src/contract/sweep.ts';

const NOTHING: SweepResult = {
  fleet: 'lab',
  swept: ['beast'],
  healed: [],
  stands: [],
  left: [],
  unreachable: [],
  tidied: [],
};
const AT = new Date('2026-11-27T01:00:00Z');

/** A server that lists these sweeps, the newest first. */
function server(sweeps: { workflowId: string; result: SweepResult | undefined }[]): Pick<Link, 'skim'> {
  const infos = sweeps.map(({ workflowId }) => ({ workflowId, runId: workflowId, closeTime: AT }));
  const result = (id: string) => Promise.resolve(sweeps.find(({ workflowId }) => workflowId === id)?.result);
  const workflow = { list: () => infos, getHandle: (id: string) => ({ result: () => result(id) }) };
  return { skim: { workflow } } as unknown as Pick<Link, 'skim'>;
}

describe('the last sweep, as `0k-chaos status` shows it', () => {
  it('is the newest one of this fleet, whatever other fleets sweep', async () => {
    const sweeps = [
      { workflowId: 'sweep-lab-2-x', result: { ...NOTHING, fleet: 'lab-2' } },
      { workflowId: 'sweep-lab-x', result: NOTHING },
      { workflowId: 'sweep-lab-older', result: { ...NOTHING, swept: [] } },
    ];
    assert.deepEqual(await lastSweep(server(sweeps), 'lab'), { at: AT.toISOString(), result: NOTHING });
    assert.equal(await lastSweep(server(sweeps), 'beast'), undefined);
    const sealed = server([{ workflowId: 'sweep-lab-y', result: undefined }, ...sweeps]);
    assert.deepEqual(await lastSweep(sealed, 'lab'), { at: AT.toISOString(), result: null });
  });

  it('says that nothing was left, or what was, line by line, and that there was none', () => {
    const at = AT.toISOString();
    const now = AT.getTime() + 180_000;
    assert.equal(
      renderSweep({ at, result: NOTHING }, now),
      'last sweep 3 min 0 s ago: nothing was left, every machine answered',
    );
    const unreachable = [{ machine: 'guardian', since: at, message: 'timed out' }];
    const result = { ...NOTHING, healed: ['healed kill relay-1 of `x`'], unreachable };
    assert.deepEqual(renderSweep({ at, result }, now).split('\n').slice(1), [
      '  healed kill relay-1 of `x`',
      `  guardian could not be swept since ${at}: timed out`,
    ]);
    assert.match(renderSweep({ at, result: null }, now), /3 min 0 s ago; what it did is encrypted/);
    assert.match(renderSweep(undefined), /no sweep has ended yet/);
  });
});
