import { strict as assert } from 'node:assert';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Deps } from '../../src/activities/deps.ts';
import { createActivities } from '../../src/activities/index.ts';
import type { Steps } from '../../src/contract/steps.ts';
import { fakeDeps } from './ground/fake-fleet.ts';

const untouchable = new Proxy({}, { get: () => assert.fail('it was touched') });

describe('a worker that takes up a step of a run of another fleet', () => {
  const deps = { ...fakeDeps({}), hosts: untouchable, temporal: untouchable, stateDir: '/nonexistent' } as Deps;
  const others = ['planSuite', 'concludeSuite', 'sweepMachines', 'admit'];
  const steps = Object.entries(createActivities(deps)).filter(([name]) => !others.includes(name));
  const run = { scenario: 's', workflowId: 'w', runId: 'r', fleet: 'production' };

  for (const [name, step] of steps as [string, Steps['unlock']][])
    it(`does nothing of \`${name}\`, and leaves it to the right one`, async () => {
      const env = new MockActivityEnvironment();
      await assert.rejects(
        env.run(() => step({ run })),
        {
          ...{ type: 'CommandFailed', nonRetryable: false },
          message: /serves the fleet `\w+`, and the run is of `production`: start a worker/,
        },
      );
    });
});
