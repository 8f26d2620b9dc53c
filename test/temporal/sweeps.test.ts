import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { KeptSchedule } from '../../src/temporal/kept-schedule.ts';
import { keepSweeping, sweepScheduleOf } from '../../src/temporal/sweeps.ts';
import { environment } from '../workflows/environment.ts';

describe('the schedule that sweeps a fleet', function () {
  this.timeout(60_000);
  const fleet = `s-${randomUUID().slice(0, 8)}`;
  const kept = async () => new KeptSchedule((await environment()).client, `sweep-${fleet}`);
  after(async () => (await kept()).delete());

  it('is one, however many workers start at once', async () => {
    const { client } = await environment();
    const states = await Promise.all(Array.from({ length: 5 }, () => keepSweeping(client, fleet)));
    assert.deepEqual(states.map(({ state }) => state).toSorted(), ['created', ...Array(4).fill('unchanged')]);
    assert.equal((await keepSweeping(client, fleet)).state, 'unchanged');
  });

  it('starts a sweep of its fleet every five minutes, never two at once, and none that was missed long ago', async () => {
    const { spec, action, policies, state } = (await (await kept()).describe()) ?? assert.fail();
    assert.deepEqual(
      spec.intervals?.map(({ every }) => every),
      [300_000],
    );
    assert.ok(action.type === 'startWorkflow');
    assert.deepEqual([action.workflowType, action.taskQueue, action.args], ['sweep', 'Q', [{ fleet }]]);
    assert.deepEqual([policies.overlap, policies.catchupWindow], ['SKIP', 60_000]);
    assert.match(state.note ?? '', /Pause it/);
  });

  it('stays paused where a person paused it, also when it is changed', async () => {
    const { client } = await environment();
    const schedule = await kept();
    await schedule.handle.pause('not now, says a person');
    assert.equal((await keepSweeping(client, fleet)).state, 'unchanged');
    const wanted = sweepScheduleOf(fleet);
    const changed = { ...wanted, policies: { ...wanted.policies, catchupWindow: 90_000 } };
    assert.equal((await schedule.apply(changed)).state, 'updated');
    assert.equal((await keepSweeping(client, fleet)).state, 'updated');
    const { paused, note } = (await schedule.describe())?.state ?? assert.fail();
    assert.deepEqual([paused, note], [true, 'not now, says a person']);
  });
});
