import { strict as assert } from 'node:assert';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Deps } from '../../src/activities/deps.ts';
import { measurePartition } from '../../src/activities/bite/partition.ts';
import { createActivities } from '../../src/activities/index.ts';
import { SyncClient } from '../../src/activities/sync-client.ts';
import { describeFault } from '../../src/contract/describe-fault.ts';
import { healsByLease, type FaultSpec } from '../../src/contract/fault-spec.ts';
import type { RunRef } from '../../src/contract/run.ts';
import type { FaultAsk, Healed, Injected, Steps } from '../../src/contract/steps.ts';
import { theLab } from './fixture.ts';
import { grantOnlyWhatIsDocumented } from './granted.ts';
import type { TestLab } from './test-lab.ts';

const CLIENTS = ['q', 'guardian'];

/** Each line stands alone, or several stand at the same time. */
const SPECS: FaultSpec[][] = [
  [{ kind: 'container', target: 'relay-1', action: 'stop' }],
  [{ kind: 'container', target: 'relay-1', action: 'pause' }],
  [{ kind: 'container', target: 'relay-1', action: 'restart' }],
  [{ kind: 'container', target: 'relay-1', action: 'kill', signal: 'SIGINT' }],
  [{ kind: 'partition', target: 'relay-2', from: 'all', direction: 'both' }],
  [
    { kind: 'partition', target: 'relay-2', from: 'all', direction: 'both', ports: 'data' },
    { kind: 'partition', target: 'guardian', from: ['relay-1'], direction: 'both' },
    { kind: 'partition', target: 'relay-3', from: ['guardian'], direction: 'in' },
  ],
  [{ kind: 'partition', target: 'guardian', from: ['beast'], direction: 'out' }],
  [{ kind: 'partition', target: 'guardian', from: 'all', direction: 'both', control: 'cut' }],
  [
    { kind: 'netem', target: 'relay-3', delayMs: 150, distribution: 'normal', jitterMs: 10 },
    { kind: 'netem', target: 'relay-1', direction: 'in', slot: { minMs: 100, maxMs: 150 } },
  ],
  [{ kind: 'netem', target: 'guardian', toward: 'beast', lossPercent: 30 }],
  [{ kind: 'netem', target: 'guardian', toward: 'beast', rateKbit: 128 }],
  [{ kind: 'netem', target: 'guardian', delayMs: 200, jitterMs: 20, duplicatePercent: 30 }],
  [
    { kind: 'netem', target: 'guardian', toward: 'beast', ports: ['icmp'], direction: 'in', delayMs: 150 },
    { kind: 'netem', target: 'guardian', toward: 'beast', ports: ['tcp/8090'], delayMs: 200 },
    {
      kind: 'netem',
      target: 'guardian',
      toward: 'beast',
      ports: ['icmp'],
      interface: 'eth1',
      lossState: { enterPercent: 20, leavePercent: 40 },
    },
  ],
];

describe('every kind of fault, on real machines that grant what docs/sudoers says', function () {
  this.timeout(120_000);
  const run: RunRef = { scenario: 'faults', workflowId: `faults-${process.pid}`, runId: `${process.pid}` };
  let here: TestLab;
  let steps: Steps;
  let tries = 0;
  let grantAll: (() => Promise<void>) | undefined;
  before(async function () {
    this.timeout(900_000);
    here = await theLab();
    grantAll = await grantOnlyWhatIsDocumented(here.lab);
    steps = createActivities(deps());
    const machines = { run, targets: ['relay-1', 'guardian'], clients: CLIENTS };
    await activity(() => steps.prepare(machines));
    await activity(() => steps.arrange({ run, clients: CLIENTS }));
  });
  afterEach(async () => here.untilClean(60));
  after(() => grantAll?.());
  after(async () => {
    for (const name of CLIENTS) {
      const client = new SyncClient(deps(), run, name);
      await client.script('rm -rf -- "$1"', [client.root]);
    }
  });

  const deps = (): Deps => {
    const { fleet, fleetFile, stateDir } = here.config;
    return { fleet, fleetFile, hosts: here.hosts, temporal: here.client, stateDir };
  };

  async function activity<T>(act: () => Promise<T>): Promise<T> {
    const done: { result?: T } = {};
    await new MockActivityEnvironment({ workflowExecution: run }).run(async () => void (done.result = await act()));
    return done.result as T;
  }

  /** As the frame does it: a machine whose control is cut is healed by its lease, and can be asked then. */
  async function untilHealed(ask: FaultAsk): Promise<Healed> {
    for (const deadline = Date.now() + 90_000; ;) {
      try {
        return await steps.heal(ask);
      } catch (error) {
        if (!healsByLease(ask.spec) || Date.now() > deadline) throw error;
      }
    }
  }

  SPECS.forEach((specs, n) => {
    it(`${specs.map(describeFault).join(' and ')}: bites, and is put back`, async () => {
      // A second try of the test is another fault: one that was healed is never put back.
      tries += 1;
      const asks = specs.map((spec, m) => {
        const leaseSeconds = healsByLease(spec) ? 20 : 60;
        return { run, id: `${run.workflowId}/${n}.${m}.${tries}`, spec, leaseSeconds };
      });
      const injected: Injected[] = [];
      const healed: Healed[] = [];
      try {
        for (const ask of asks) injected.push(await activity(() => steps.inject(ask)));
      } finally {
        for (const ask of asks) healed.push(await activity(() => untilHealed(ask)));
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
  });

  it('a cut that somebody puts on INPUT and OUTPUT of the relays’ machine only: containers are still reached, so it does not bite', async () => {
    const gauge = measurePartition(deps(), run, {
      kind: 'partition',
      target: 'guardian',
      from: ['beast'],
      direction: 'both',
    });
    const [guardian = ''] = here.config.fleet.machines['guardian']?.addresses ?? [];
    const rules = (verb: string) =>
      here.root(
        'beast',
        'sh',
        '-c',
        `iptables ${verb} INPUT -s ${guardian} -j DROP; iptables ${verb} OUTPUT -d ${guardian} -j DROP`,
      );
    const before = await activity(() => gauge.before());
    await rules('-I');
    try {
      const { bit, how } = await activity(() => gauge.during(before));
      assert.equal(bit, false, how);
      assert.match(how, /still reached relay-1, relay-2, relay-3 while the cut stood/);
    } finally {
      await rules('-D');
    }
  });
});
