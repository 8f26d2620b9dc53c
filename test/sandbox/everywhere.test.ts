import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { bundleFile } from './bundles.ts';
import type { Case, Happening, Mishap } from './case.ts';
import { broken } from './properties.ts';
import { Sandbox } from './sdk-sandbox.ts';
import { Simulation } from './simulation.ts';
import type { Simulated } from './simulation.ts';
import { hasWorse } from './worse-answers.ts';

/** Several faults at a time, and one that only a lease heals. */
const TYPES = ['conv_01_convergence_after_multi_failure', 'edge_03_guardian_partition_recovery'];
const HAPPENINGS: Happening['kind'][] = [
  ...(['cancel', 'terminate', 'worker dies', 'task is lost', 'server is down', 'machine is cut off'] as const),
  ...(['machine loses power', 'somebody heals', 'a person heals', 'its lock is taken', 'the brake is pulled'] as const),
  'a guard fails',
];
const MISHAPS: Mishap['kind'][] = [
  ...(['refused', 'refused after its work', 'torn', 'unheard', 'silent before its work'] as const),
  ...(['silent after its work', 'slow', 'answers badly'] as const),
];
/** While the step that a task has begun is at work, and when its answer may be on its way. */
const AFTER_MS = [0, 150];

/* What chance may miss: each thing that can happen, after each task and at each step of a run. */
for (const type of TYPES)
  describe(`${type} in the sandbox`, function () {
    this.timeout(120_000);
    let sandbox: Sandbox;
    let clean: Simulated;

    const of = (happenings: Happening[], mishaps: Mishap[]): Case => ({
      ...{ type, program: [], happenings, mishaps, leaseSeconds: 20, pace: 1 },
    });

    /** What was broken, and in which case. */
    async function problemsOf(chosen: Case): Promise<string[]> {
      const run = await new Simulation(sandbox, chosen).run();
      return broken(chosen, run).map((problem) => `${problem} in ${JSON.stringify(chosen)}`);
    }

    before(async () => {
      sandbox = new Sandbox(readFileSync(await bundleFile(), 'utf8'));
      clean = await new Simulation(sandbox, of([], [])).run();
      assert.equal(clean.result?.verdict, 'passed');
      assert.ok(clean.tasks > 10);
    });

    for (const kind of HAPPENINGS) {
      it(`keeps every promise when this happens after any of its tasks: ${kind}`, async () => {
        const problems: string[] = [];
        for (let afterTask = 1; afterTask <= clean.tasks; afterTask += 1)
          for (const afterMs of AFTER_MS)
            problems.push(...(await problemsOf(of([{ kind, afterTask, afterMs, seconds: 40, which: 0 }], []))));
        assert.deepEqual(problems, []);
      });
    }

    for (const kind of MISHAPS) {
      it(`keeps every promise when this becomes of any of its steps, once and for long: ${kind}`, async () => {
        const problems: string[] = [];
        const first = clean.world.calls.filter(({ name, attempt }) => attempt === 1 && name !== 'hold');
        for (const { name: step, nth } of first.filter(({ name }) => kind !== 'answers badly' || hasWorse(name)))
          for (const attempts of [1, 9])
            problems.push(...(await problemsOf(of([], [{ step, nth, kind, attempts, seconds: 30 }]))));
        assert.deepEqual(problems, []);
      });
    }
  });
