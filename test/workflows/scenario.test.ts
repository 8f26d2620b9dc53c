import { strict as assert } from 'node:assert';
import {
  HEAL_QUEUE,
  HOLD_QUEUE,
  QUERY_FAULTS,
  QUERY_PROGRESS,
  QUERY_REPORT,
  TASK_QUEUE,
} from '../../src/contract/names.ts';
import type { FaultRecord, RunResult } from '../../src/contract/run.ts';
import { DOOR, END, journeys, storyOf, told } from './journeys.ts';
import { assertPutBack } from './put-back.ts';
import { scheduledIn } from './scheduled.ts';
import { fleet } from './fleet.ts';
import { sideBySide } from './run.ts';
import type { Ended } from './run.ts';
import type { Call } from './world.ts';

/** Every other activity is on the first queue, and is given up after some attempts. */
const QUEUES: Record<string, string> = {
  ...{ heal: HEAL_QUEUE, verify: HEAL_QUEUE, unlock: HEAL_QUEUE },
  ...{ hold: HOLD_QUEUE, lock: HOLD_QUEUE },
};

describe('a run in which all goes well', function () {
  this.timeout(60_000);
  const start = sideBySide();

  for (const { type, claim, breaks, ...journey } of journeys) {
    const ending = start(type);

    describe(type, () => {
      it('does its steps in order, heals the newest fault first and passes', async () => {
        const ended = await ending();
        assertPutBack(ended);
        assert.deepEqual(told(ended.world.story), storyOf({ type, claim, breaks, ...journey }));
        assert.equal(ended.status, 'COMPLETED');
        const { verdict, because, faults, residue, journal } = ended.result as RunResult;
        assert.equal(verdict, 'passed');
        assert.match(because, /^everything that the claim says held/);
        assert.match(journal, /journal\.json$/);
        assert.deepEqual(residue, []);
        assert.deepEqual([...new Set(faults.map(({ target }) => target))], breaks);
        for (const fault of faults) assertWhole(fault, ended);
      });

      it('locks what it breaks for itself, and shares the rest of the fleet', async () => {
        const [lock] = (await ending()).world.of('lock');
        const { exclusive, shared } = (lock as Call).ask as unknown as Record<string, string[]>;
        const machines = breaks.filter((name) => name === 'guardian').map((name) => `machine ${name}`);
        assert.deepEqual(exclusive, [...breaks, ...machines]);
        const all = ['relay-1', 'relay-2', 'relay-3', 'q', 'beast', 'guardian'];
        assert.deepEqual(
          shared,
          all.filter((name) => !breaks.includes(name)),
        );
      });

      it('says in the end what it has done to containers, as only that excuses a restart, and no cut does', async () => {
        const [looked] = (await ending()).world.of('invariants');
        const { containerFaults } = (looked as Call).ask as unknown as { containerFaults: unknown };
        const relays = breaks.filter((name) => name.startsWith('relay'));
        assert.deepEqual(
          containerFaults,
          relays.map((target) => ({ target, action: 'kill' })),
        );
      });

      it('tells each of its steps of which fleet it is, once it was admitted', async () => {
        const [first, ...later] = (await ending()).world.calls;
        assert.deepEqual([first?.name, first?.ask.run.fleet], ['admit', undefined]);
        for (const { name, ask } of later) assert.equal(ask.run.fleet, fleet.name, name);
      });

      it('is held from before its first fault until the last is healed', async () => {
        const { calls } = (await ending()).world;
        const [hold] = calls.filter(({ name }) => name === 'hold');
        assert.deepEqual(hold?.meanwhile.filter(isHeld), calls.map(({ name }) => name).filter(isHeld));
        assert.equal(hold?.ended, 'badly', 'it was told to stop');
      });

      it('heals on a queue of its own, holds on another, and says in a line what each activity does', async () => {
        const scheduled = await scheduledIn((await ending()).handle);
        assert.ok(scheduled.length >= 13);
        for (const { name, queue, summary, heartbeatSeconds, isEndless } of scheduled) {
          assert.equal(queue, QUEUES[name] ?? TASK_QUEUE, name);
          assert.equal(isEndless, name in QUEUES, `${name} is tried again for ever, or not`);
          assert.match(summary, /^\w.{5,}/);
          assert.ok(heartbeatSeconds > 0 && heartbeatSeconds <= 10, `${name} is missed when its worker dies`);
        }
      });

      it('can be found and read by somebody who knows only the UI', async () => {
        const { handle, result } = await ending();
        const attributes = (await handle.describe()).typedSearchAttributes.getAll();
        const ours = attributes.filter(({ key }) => key.name.startsWith('Chaos'));
        assert.deepEqual(Object.fromEntries(ours.map(({ key, value }) => [key.name, value])), {
          ChaosSeed: result?.seed,
          ChaosScenario: type,
          ChaosTarget: breaks,
          ChaosPhase: 'done',
          ChaosVerdict: 'passed',
          ChaosFaultActive: false,
          ChaosFleet: 'fake',
        });
        const { currentDetails, definition } = await handle.query<Metadata>('__temporal_workflow_metadata');
        assert.match(currentDetails, new RegExp(`^### ${type.replaceAll('_', '\\\\*_')}: passed`));
        assert.match(currentDetails, /\*\*Because:\*\* everything that the claim says held/);
        assert.match(currentDetails, /\| fault \| injected \| healed \| bite \|/);
        const described = definition.queryDefinitions.filter(({ name }) => !name.startsWith('__'));
        assert.ok(described.every(({ description }) => (description ?? '') !== ''));
      });

      it('answers what it did, line by line from any line on', async () => {
        const { handle, result } = await ending();
        const report = await handle.query<RunResult & { phase: string }>(QUERY_REPORT);
        assert.match(report.claim, claim);
        assert.equal(report.phase, 'done');
        assert.deepEqual(await handle.query(QUERY_FAULTS), result?.faults);
        const lines = await handle.query<{ text: string }[]>(QUERY_PROGRESS);
        assert.match(lines.at(-1)?.text ?? '', /^passed: /);
        assert.deepEqual(await handle.query(QUERY_PROGRESS, 3), lines.slice(3));
      });
    });
  }
});

interface Metadata {
  currentDetails: string;
  definition: { queryDefinitions: { name: string; description?: string }[] };
}

const isHeld = (name: string): boolean => ![...DOOR, 'prepare', 'arrange', 'hold', ...END].includes(name);

function assertWhole(fault: FaultRecord, { result }: Ended): void {
  assert.ok(fault.id.startsWith(`${result?.workflowId}/${result?.runId}/`));
  assert.ok(fault.injectedAt !== null && fault.healedAt !== null);
  assert.equal(fault.healedBy, 'frame');
  assert.deepEqual(fault.bite, { bit: true, how: 'seen from outside' });
}
