import { strict as assert } from 'node:assert';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Deps } from '../../src/activities/deps.ts';
import { createActivities } from '../../src/activities/index.ts';
import { SyncClient } from '../../src/activities/sync-client.ts';
import { describeFault } from '../../src/contract/describe-fault.ts';
import { healsByLease, type FaultSpec } from '../../src/contract/fault-spec.ts';
import type { RunRef } from '../../src/contract/run.ts';
import type { FaultAsk, Healed, Injected, Steps } from '../../src/contract/steps.ts';
import { onTheLab } from './fixture.ts';
import { grantOnlyWhatIsDocumented } from './granted.ts';
import type { TestLab } from './test-lab.ts';

const CLIENTS = ['q', 'guardian'];

/** The steps of a run, without a workflow, on the lab. */
export interface Bare {
  here: TestLab;
  run: RunRef;
  deps: Deps;
  activity: <T>(act: () => Promise<T>) => Promise<T>;
  /** Of one activity, which can be cancelled. */
  environment: () => MockActivityEnvironment;
}

let asked = 0;

/** Never the same fault twice: one that was healed is never put back. */
export const onceOf = ({ run, spec }: Pick<FaultAsk, 'run' | 'spec'>): FaultAsk => ({
  ...{ run, id: `${run.workflowId}/${(asked += 1)}`, spec },
  leaseSeconds: healsByLease(spec) ? 40 : 60,
});

/**
 * A test for each line of faults, which stand at the same time, on machines that grant what docs/sudoers says; then what `more` adds.
 * To be called in a `describe`.
 */
export function everyFault(lines: FaultSpec[][], more: (bare: () => Bare) => void = () => {}): void {
  const run: RunRef = { scenario: 'faults', workflowId: `faults-${process.pid}`, runId: `${process.pid}` };
  let bare: Bare;
  let steps: Steps;
  let grantAll: (() => Promise<void>) | undefined;
  onTheLab((here) => (bare = { here, run, deps: depsOf(here), activity, environment }));
  before(async () => {
    grantAll = await grantOnlyWhatIsDocumented(bare.here.lab);
    steps = createActivities(bare.deps);
    await activity(() =>
      steps.prepare({ run, targets: ['relay-1', 'guardian'], clients: CLIENTS, fence: { token: 0, resources: [] } }),
    );
    await activity(() => steps.arrange({ run, clients: CLIENTS }));
  });
  after(() => grantAll?.());
  after(async () => {
    for (const name of CLIENTS) {
      const client = new SyncClient(bare.deps, run, name);
      await client.script('rm -rf -- "$1"', [client.root]);
    }
  });

  const environment = () => new MockActivityEnvironment({ workflowExecution: run, scheduledTimestampMs: Date.now() });
  const activity = <T>(act: () => Promise<T>): Promise<T> => environment().run(act);

  for (const specs of lines)
    it(`${specs.map(describeFault).join(' and ')}: bites, and is put back`, async () => {
      const asks = specs.map((spec) => onceOf({ run, spec }));
      const injected: Injected[] = [];
      const healed: Healed[] = [];
      try {
        for (const ask of asks) injected.push(await activity(() => steps.inject(ask)));
      } finally {
        for (const ask of asks) healed.push(await activity(() => untilHealed(steps, ask)));
      }
      assert.deepEqual(
        injected.map(({ bite }) => (bite.bit ? 'bit' : bite.how)),
        specs.map(() => 'bit'),
      );
      assert.deepEqual(
        healed.map(({ healedBy }) => healedBy),
        specs.map((spec) => (healsByLease(spec) ? 'lease' : 'frame')),
      );
      assert.deepEqual(
        healed.map(({ notBack }) => notBack),
        specs.map(() => undefined),
      );
      assert.deepEqual((await activity(() => steps.verify({ run, machines: ['beast', 'guardian'] }))).residue, []);
    });

  more(() => bare);
}

function depsOf(here: TestLab): Deps {
  const { fleet, fleetFile, stateDir } = here.config;
  return { fleet, fleetFile, hosts: here.hosts, temporal: here.client, stateDir };
}

/** As the frame does it: a machine whose control is cut is healed by its lease, and can be asked then. */
async function untilHealed(steps: Steps, ask: FaultAsk): Promise<Healed> {
  for (const deadline = Date.now() + 90_000; ;) {
    try {
      return await steps.heal(ask);
    } catch (error) {
      if (!healsByLease(ask.spec) || Date.now() > deadline) throw error;
    }
  }
}
