import { strict as assert } from 'node:assert';
import { mock } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../src/activities/index.ts';
import { tellWhenSlow } from '../../src/activities/slow.ts';
import type { Deps } from '../../src/activities/deps.ts';
import type { Measures } from '../../src/activities/measures.ts';
import type { SlowHeal } from '../../src/contract/slow-heal.ts';
import { HostError, type Host } from '../../src/hosts/host.ts';
import { fakeDeps } from './ground/fake-fleet.ts';

const quiet = { logger: new DefaultLogger('ERROR') };
let heals = 0;

/** One heal and its attempts, of a run that is told things; `ageSeconds`: since it was asked for. */
function aHeal(measures?: Pick<Measures, 'slow'>) {
  const said: SlowHeal[] = [];
  const signal = (_: string, slow: SlowHeal) => Promise.resolve(void said.push(slow));
  const temporal = { workflow: { getHandle: () => ({ signal }) } } as unknown as Client;
  const activityId = `heal-${(heals += 1)}`;
  const attempt = (nth: number, ageSeconds: number, act: () => Promise<void>): Promise<void> =>
    new MockActivityEnvironment(
      { activityId, attempt: nth, scheduledTimestampMs: Date.now() - ageSeconds * 1000 },
      quiet,
    ).run(() => tellWhenSlow({ temporal, measures } as Deps, 'heal: it', act));
  return { said, attempt };
}

const dies = (why: string) => () => Promise.reject(new Error(why));

describe('a heal that is tried without end', () => {
  const stateDir = mkdtempSync(path.join(tmpdir(), '0k-chaos-slow-'));
  after(() => rmSync(stateDir, { recursive: true, force: true }));

  it('tells its run when it takes long, of what the last attempt failed, and not at every attempt', async () => {
    const { said, attempt } = aHeal();
    const ages: [number, string][] = [
      [1, 'first'],
      [9, 'second'],
      [11, 'third'],
      [15, 'fourth'],
      [25, 'fifth'],
    ];
    for (const [n, [age, why]] of ages.entries())
      await assert.rejects(attempt(n + 1, age, dies(why)), { message: why });
    assert.deepEqual(
      said.map(({ what, attempt: nth, why }) => [what, nth, why]),
      [
        ['heal: it', 3, 'third'],
        ['heal: it', 5, 'fifth'],
      ],
    );
    assert.deepEqual(
      said.map(({ seconds }) => Math.round(seconds)),
      [11, 25],
    );
  });

  it('says nothing when it is quick, nor once it has succeeded', async () => {
    const { said, attempt } = aHeal();
    await attempt(1, 0, () => Promise.resolve());
    assert.deepEqual(said, []);
  });

  it('tells its run also while an attempt hangs', async () => {
    const { said, attempt } = aHeal();
    let release = (): void => undefined;
    const ending = attempt(1, 60, () => new Promise((go) => (release = go)));
    while (said.length === 0) await new Promise((go) => setTimeout(go, 20));
    release();
    await ending;
    assert.deepEqual(
      said.map(({ why }) => why),
      ['no answer yet'],
    );
  });

  it('does not count as slow for ever when its run was terminated between two attempts', async () => {
    const counted: number[] = [];
    const { attempt } = aHeal({ slow: (count) => counted.push(count) });
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.now() });
    try {
      await assert.rejects(attempt(1, 60, dies('gone')));
      await assert.rejects(attempt(2, 65, dies('gone')));
      const before = counted.at(-1) ?? 0;
      mock.timers.tick(31_000);
      assert.deepEqual([before > 0, counted.at(-1)], [true, 0]);
    } finally {
      mock.timers.reset();
    }
  });

  for (const kind of ['denied', 'host-key', 'missing', 'unreachable'] as const) {
    it(`is tried again also where its machine answers \`${kind}\``, async () => {
      const asRoot = () => Promise.reject(new HostError(kind, 'guardian', 'not today'));
      const hosts = { get: () => ({ asRoot }) as unknown as Host, close: () => Promise.resolve() };
      const activities = createActivities({ ...fakeDeps({}), hosts, stateDir });
      const ask = {
        ...{ run: { scenario: 's', workflowId: 'w', runId: 'r' }, id: 'w/r/1', leaseSeconds: 60 },
        spec: { kind: 'container' as const, target: 'relay-1', action: 'kill' as const, signal: 'SIGKILL' },
      };
      const error = await new MockActivityEnvironment({ scheduledTimestampMs: Date.now() }, quiet)
        .run((asked: typeof ask) => activities.heal(asked), ask)
        .catch((failed: unknown) => failed);
      assert.ok(error instanceof ApplicationFailure, String(error));
      assert.notEqual(error.nonRetryable, true);
      assert.match(error.message, /not today/);
    });
  }
});
