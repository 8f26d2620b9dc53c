import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { bundleFile } from './bundles.ts';
import type { Case, Happening, Mishap } from './case.ts';
import { PROGRAM_WORKFLOW } from './program.ts';
import type { Step } from './program.ts';
import { broken } from './properties.ts';
import { Sandbox } from './sdk-sandbox.ts';
import { Simulation } from './simulation.ts';
import type { Simulated } from './simulation.ts';

const kill: Step = { do: 'inject', what: 'kill 1' };
const cut: Step = { do: 'inject', what: 'cut off' };

const of = (program: Step[], ...happenings: Happening[]): Case => ({
  ...{ type: PROGRAM_WORKFLOW, program, mishaps: [], happenings, leaseSeconds: 60, pace: 0 },
});

const cancel: Happening = { kind: 'cancel', afterTask: 6, afterMs: 0, seconds: 1, which: 0 };

/* Cases that chance has found, and that were mended: each as small as it was when it was found. */
describe('a run in the sandbox', () => {
  let sandbox: Sandbox;

  before(async function () {
    this.timeout(60_000);
    sandbox = new Sandbox(readFileSync(await bundleFile(), 'utf8'));
  });

  const simulated = async (chosen: Case): Promise<Simulated> => {
    const run = await new Simulation(sandbox, chosen).run();
    assert.deepEqual(broken(chosen, run), []);
    return run;
  };

  it('is put back also from what its body injects after it is over', async () => {
    const late: Step[] = [{ do: 'wait', seconds: 1 }, cut];
    const slow: Mishap = { step: 'verify', nth: 1, kind: 'slow', attempts: 1, seconds: 5 };
    const chosen = of([{ do: 'together', branches: [[{ do: 'bug' }], late] }]);
    const { fates } = await simulated({ ...chosen, mishaps: [slow] });
    assert.deepEqual(fates, [], 'nothing is injected once the body has failed');
  });

  it('is not called aborted when a part of its body runs out of time', async () => {
    const { failure } = await simulated(
      of([{ do: 'deadline', seconds: 1, steps: [kill, { do: 'wait', seconds: 9 }] }]),
    );
    assert.equal(failure?.applicationFailureInfo?.type, 'Inconclusive');
  });

  it('has its hold until all is healed, also when it is cancelled', async () => {
    const { status, holdStoppedOver, world } = await simulated(of([kill, { do: 'wait', seconds: 9 }], cancel));
    assert.equal(status, 'CANCELED');
    assert.deepEqual(holdStoppedOver, []);
    assert.deepEqual(
      world.of('hold').map(({ ended }) => ended),
      ['badly'],
    );
  });

  it('does not hang when it is cancelled while its guards are watched', async () => {
    const fails: Happening = { ...cancel, kind: 'a guard fails', afterTask: 99 };
    const slow: Mishap = { step: 'inject', nth: 1, kind: 'slow', attempts: 1, seconds: 5 };
    const chosen = of([kill], { ...cancel, afterTask: 5, afterMs: 500 }, fails);
    const { status, world } = await simulated({ ...chosen, mishaps: [slow] });
    assert.equal(status, 'CANCELED');
    assert.equal(world.of('watchGuards').length, 1);
  });

  it('heals no fault twice at once where its body leaves a heal under way', async () => {
    const { fates } = await simulated(of([kill, { do: 'forget', steps: [{ do: 'heal', nth: 0 }] }]));
    assert.deepEqual(
      fates.map(({ by }) => by),
      ['frame'],
    );
  });
});
