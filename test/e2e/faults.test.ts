import { strict as assert } from 'node:assert';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../src/activities/index.ts';
import { describeFault } from '../../src/contract/describe-fault.ts';
import type { FaultSpec } from '../../src/contract/fault-spec.ts';
import type { RunRef } from '../../src/contract/run.ts';
import type { Healed, Injected, Steps } from '../../src/contract/steps.ts';
import { theLab } from './fixture.ts';
import type { TestLab } from './test-lab.ts';

const CLIENTS = ['q', 'guardian'];

const SPECS: FaultSpec[] = [
  { kind: 'container', target: 'relay-1', action: 'stop' },
  { kind: 'container', target: 'relay-1', action: 'pause' },
  { kind: 'container', target: 'relay-1', action: 'restart' },
  { kind: 'container', target: 'relay-1', action: 'kill', signal: 'SIGINT' },
  { kind: 'partition', target: 'relay-2', from: 'all', direction: 'both' },
  { kind: 'partition', target: 'relay-2', from: ['guardian'], direction: 'in' },
  { kind: 'partition', target: 'guardian', from: ['beast'], direction: 'out' },
  { kind: 'netem', target: 'relay-3', delayMs: 150 },
  { kind: 'netem', target: 'guardian', toward: 'beast', lossPercent: 30 },
  { kind: 'netem', target: 'guardian', toward: 'beast', rateKbit: 128 },
  { kind: 'netem', target: 'guardian', delayMs: 200, jitterMs: 20, duplicatePercent: 30 },
];

describe('every kind of fault, on real machines', function () {
  this.timeout(120_000);
  const run: RunRef = { scenario: 'faults', workflowId: `faults-${process.pid}`, runId: `${process.pid}` };
  let here: TestLab;
  let steps: Steps;
  before(async function () {
    this.timeout(900_000);
    here = await theLab();
    const { fleet, stateDir } = here.config;
    steps = createActivities({ fleet, hosts: here.hosts, temporal: here.client, stateDir });
    const machines = { run, targets: ['relay-1', 'guardian'], clients: CLIENTS };
    await activity(() => steps.prepare(machines));
    await activity(() => steps.arrange({ run, clients: CLIENTS }));
  });
  afterEach(async () => here.untilClean(60));

  async function activity<T>(act: () => Promise<T>): Promise<T> {
    const done: { result?: T } = {};
    await new MockActivityEnvironment().run(async () => void (done.result = await act()));
    return done.result as T;
  }

  SPECS.forEach((spec, n) => {
    it(`${describeFault(spec)}: bites, and is put back`, async () => {
      const ask = { run, id: `${run.workflowId}/${n}`, spec, leaseSeconds: 60 };
      let injected: Injected;
      let healed: Healed;
      try {
        injected = await activity(() => steps.inject(ask));
      } finally {
        healed = await activity(() => steps.heal(ask));
      }
      assert.equal(injected.bite.bit, true, injected.bite.how);
      assert.equal(healed.healedBy, 'frame');
      assert.deepEqual((await activity(() => steps.verify({ run, machines: ['beast', 'guardian'] }))).residue, []);
    });
  });
});
