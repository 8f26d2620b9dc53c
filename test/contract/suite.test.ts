import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { derivedSeed } from '../../src/contract/derived-seed.ts';
import { briefly, drawn, itemsOf, nextItem, runOf } from '../../src/contract/suite.ts';
import type { RunResult } from '../../src/contract/run.ts';
import type { Item, ManyPlan, PlannedScenario } from '../../src/contract/suite.ts';

const planned = (scenario: string, exclusive: string[], shared: string[] = [], iterations = 1): PlannedScenario => ({
  ...{ scenario, iterations, input: {}, exclusive, shared },
});
const plan = (parallel: number, ...scenarios: PlannedScenario[]): ManyPlan => ({
  fleet: 'f',
  seed: 1,
  parallel,
  scenarios,
});

describe('the plan of a suite', () => {
  it('has every scenario once before any a second time', () => {
    const items = itemsOf(plan(1, planned('a', [], [], 3), planned('b', [], [], 1)));
    assert.deepEqual(
      items.map(({ scenario, n }) => `${scenario}${n}`),
      ['a1', 'b1', 'a2', 'a3'],
    );
  });

  it('starts what would not have to wait, even where something before it would', () => {
    const three = plan(2, planned('a', ['relay-1']), planned('b', ['relay-1']), planned('c', ['relay-2']));
    const [a, b, c] = itemsOf(three) as [Item, Item, Item];
    assert.deepEqual(nextItem(three, [b, c], [a]), c);
    assert.equal(nextItem(three, [b], [a]), undefined);
    assert.equal(nextItem(three, [b], [a, c]), undefined, 'two are enough');
    assert.deepEqual(nextItem(three, [b], []), b);
  });

  it('never has more than `parallel` at work, none that collide, and ends with all done', () => {
    const names = ['relay-1', 'relay-2', 'q'];
    const some = fc.record({ exclusive: fc.subarray(names), iterations: fc.integer({ min: 1, max: 4 }) });
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 4 }), (list, parallel) => {
        const all = list.map(({ exclusive, iterations }, n) =>
          planned(
            `s${n}`,
            exclusive,
            names.filter((name) => !exclusive.includes(name) && n % 2 === 0),
            iterations,
          ),
        );
        const whole = plan(parallel, ...all);
        const [waiting, running, done]: [Item[], Item[], Item[]] = [itemsOf(whole), [], []];
        while (waiting.length > 0 || running.length > 0) {
          const next = nextItem(whole, waiting, running);
          if (next) running.push(...waiting.splice(waiting.indexOf(next), 1));
          else done.push(...running.splice(0, 1));
          assert.ok(running.length <= parallel);
        }
        assert.equal(done.length, itemsOf(whole).length);
      }),
    );
  });
});

describe('what is drawn from a seed', () => {
  it('is the same for the same seed, and spreads', () => {
    const numbers = Array.from({ length: 2000 }, (_, n) => derivedSeed(7, 'mr_01', n));
    assert.deepEqual(
      numbers.slice(0, 3),
      [0, 1, 2].map((n) => derivedSeed(7, 'mr_01', n)),
    );
    assert.equal(new Set(numbers).size, numbers.length);
    assert.ok(numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= 0xffffffff));
    assert.notEqual(derivedSeed(7, 'a', 1), derivedSeed(8, 'a', 1));
  });

  it('is every scenario about as often, in a soak', () => {
    const four = plan(1, ...['a', 'b', 'c', 'd'].map((name) => planned(name, [])));
    const counts = new Map<string, number>();
    for (let n = 1; n <= 4000; n += 1) {
      const { scenario } = drawn(four, n) as PlannedScenario;
      counts.set(scenario, (counts.get(scenario) ?? 0) + 1);
    }
    for (const [name, count] of counts) assert.ok(count > 850 && count < 1150, `${name} ${count}`);
    assert.equal(counts.size, 4);
  });
});

describe('the runs that a suite carries along', () => {
  const finding = { id: 'plain-pull-misses', message: 'x'.repeat(1_000), count: 1 };
  const worst: RunResult = {
    ...{ scenario: 'edge_04_guardian_slow_relay_fast_client', workflowId: 'w'.repeat(100), runId: 'r'.repeat(36) },
    ...{ verdict: 'failed', claim: 'c', because: 'b'.repeat(1_000), seconds: 123.456, seed: 4_294_967_295 },
    failures: Array.from({ length: 20 }, () => finding),
    findings: Array.from({ length: 20 }, () => finding),
    ...{ faults: [], deliveries: [], residue: Array.from({ length: 20 }, () => 'r'.repeat(1_000)) },
    journal: `/${'j'.repeat(200)}/journal.json`,
  };

  it('fit into one payload of Temporal, a thousand of the worst', () => {
    const run = briefly(runOf({ scenario: worst.scenario, n: 1000, seed: worst.seed }, worst));
    assert.ok(1000 * JSON.stringify(run).length < 2_000_000, `${JSON.stringify(run).length} bytes each`);
  });

  it('have the names of what was found, and how often', () => {
    const run = briefly(runOf({ scenario: worst.scenario, n: 1, seed: 1 }, worst));
    assert.deepEqual([run.failures[0]?.id, run.findings[0]?.count], ['plain-pull-misses', 1]);
  });
});
