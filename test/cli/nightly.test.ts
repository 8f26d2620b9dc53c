import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Schedules, scheduleOf } from '../../src/cli/nightly.ts';
import type { Config } from '../../src/config.ts';
import { nightlySchema } from '../../src/fleet/nightly.ts';
import { environment } from '../workflows/environment.ts';
import { fleet } from '../workflows/fleet.ts';

const MR = 'mr_01_relay_crash_failover';

const configWith = (nightly: object | undefined, name = `n-${randomUUID().slice(0, 8)}`): Config =>
  ({
    fleetFile: '/nowhere/fleet.yml',
    fleet: { ...fleet, name, ...(nightly === undefined ? {} : { nightly: nightlySchema.parse(nightly) }) },
  }) as Config;

describe('the nightly section of a fleet file', () => {
  const wrong = (section: object): string => {
    const { error } = nightlySchema.safeParse(section);
    return error?.message ?? '';
  };

  it('says when, in a time zone that it names', () => {
    assert.equal(wrong({ at: '02:30', timezone: 'UTC' }), '');
    assert.match(wrong({ at: '02:30' }), /timezone/);
    assert.match(wrong({ at: '02:30', timezone: 'Mars/Base' }), /time zone such as/);
    for (const timezone of ['utc', 'europe/berlin', '+02:00', ''])
      assert.match(wrong({ at: '02:30', timezone }), /time zone such as/, `Temporal knows no \`${timezone}\``);
    for (const timezone of [
      'Europe/Kyiv',
      'Europe/Kiev',
      'EST5EDT',
      'Etc/UTC',
      'GMT',
      'America/Argentina/Buenos_Aires',
    ])
      assert.equal(wrong({ at: '02:30', timezone }), '');
    assert.match(wrong({ at: '25:00', timezone: 'UTC' }), /time of day/);
    assert.match(wrong({ cron: '* *', timezone: 'UTC' }), /five fields/);
    assert.match(wrong({ timezone: 'UTC' }), /say when/);
    assert.match(wrong({ at: '02:30', every: '6h', timezone: 'UTC' }), /say when/);
    assert.match(wrong({ at: '02:30', timezone: 'UTC', parralel: 2 }), /parralel/);
  });

  it('is a suite that runs as often as each family needs, one night at a time', () => {
    const { action, policies, spec } = scheduleOf(configWith({ at: '02:30', timezone: 'Europe/Berlin' }, 'f'));
    assert.deepEqual(spec, { timezone: 'Europe/Berlin', calendars: [{ hour: 2, minute: 30 }] });
    assert.deepEqual(policies, { overlap: 'SKIP', catchupWindow: 3_600_000 });
    assert.deepEqual(action.args, [{ fleet: 'f', scenarios: 'all', iterations: 'nightly', parallel: 1, options: {} }]);
  });

  it('is refused with exit code 2 where it names what is not there, or is not there itself', () => {
    const refused = (nightly: object | undefined) => () => scheduleOf(configWith(nightly));
    assert.throws(refused({ at: '02:30', timezone: 'UTC', scenarios: ['zz_*'] }), {
      type: 'BadInput',
      message: /zz_\*/,
    });
    assert.throws(refused(undefined), { kind: 'BadInput', exitCode: 2, message: /no `nightly:` section/ });
  });
});

describe('the schedule of a fleet', function () {
  this.timeout(60_000);

  it('is made once, changes nothing when it is applied again, and follows a changed section', async () => {
    const { client } = await environment();
    const first = configWith({ cron: '30 2 * * 1-5', timezone: 'Europe/Berlin', scenarios: [MR] });
    const nights = new Schedules(client, first);
    assert.equal((await nights.apply('nightly')).state, 'created');
    const handle = client.schedule.getHandle(`nightly-${first.fleet.name}`);
    const before = await handle.describe();
    assert.equal((await nights.apply('nightly')).state, 'unchanged');
    assert.deepEqual((await handle.describe()).info.lastUpdatedAt, before.info.lastUpdatedAt);

    await nights.change('nightly', 'pause');
    const changed = configWith({ every: '6h', timezone: 'UTC', scenarios: [MR], parallel: 2 }, first.fleet.name);
    assert.equal((await new Schedules(client, changed).apply('nightly')).state, 'updated');
    const [night] = await nights.list();
    assert.ok(night?.paused, 'what a person paused stays paused');
    assert.equal(night.next.length, 3);
    await nights.change('nightly', 'resume');
    assert.equal((await nights.list())[0]?.paused, false);
    await nights.change('nightly', 'delete');
    assert.deepEqual(await nights.list(), []);
    await assert.rejects(nights.change('nightly', 'trigger'), { kind: 'BadInput', message: /there is no schedule/ });
  });

  it('is told as a mistake where its times are none', async () => {
    const { client } = await environment();
    const nights = new Schedules(client, configWith({ cron: '61 2 * * *', timezone: 'UTC', scenarios: [MR] }));
    await assert.rejects(nights.apply('nightly'), {
      kind: 'BadInput',
      message: /does not take the times.*Minute is not/,
    });
  });

  it('runs a suite that has a summary of its own', async () => {
    const { client } = await environment();
    const nights = new Schedules(
      client,
      configWith({ at: '02:30', timezone: 'UTC', scenarios: [MR], iterations: 1 }, 'fake'),
    );
    await nights.apply('nightly');
    try {
      await nights.change('nightly', 'trigger');
      let started: string | undefined;
      for (let n = 0; started === undefined && n < 100; n += 1) {
        await pause(100);
        const { info } = await client.schedule.getHandle('nightly-fake').describe();
        started = info.recentActions.at(-1)?.action.workflow.workflowId;
      }
      const result = (await client.workflow.getHandle(started ?? '').result()) as { verdict: string; summary: object };
      assert.equal(result.verdict, 'passed');
      assert.match(JSON.stringify(result.summary), /suites\/nightly-fake-.*summary\.md/);
    } finally {
      await nights.change('nightly', 'delete');
    }
  });
});
