import { whenInterrupted } from '../interrupted.ts';
import { TestLab } from './test-lab.ts';

/** One for the process: mocha loads a file that awaits at its top in another way, and with it another copy of this module. */
const LAB = Symbol.for('0k-chaos: the lab of these tests');
const shared = globalThis as { [LAB]?: Promise<TestLab> | undefined };

/** What scripts/tests.ts has made room for; the lab finds out by itself where nobody says. */
const MACHINES = process.env['LAB_MACHINES'] === 'containers' ? 'containers' : undefined;

/** One lab, Temporal server and worker for the whole run, brought up by the first test that asks; after a failure by the next. */
export const theLab = (): Promise<TestLab> =>
  (shared[LAB] ??= TestLab.up(`test-${process.pid}`, MACHINES).catch(forget));

function forget(error: unknown): never {
  shared[LAB] = undefined;
  throw error;
}

/** For the tests of a `describe`: the shared lab with a worker, and after each of them nothing left on its machines. */
export function onTheLab(use: (lab: TestLab) => void): void {
  before(async function () {
    this.timeout(900_000);
    use(await theLab());
  });
  afterEach(async () => {
    const lab = await theLab();
    if (!lab.worker) await lab.startWorker();
    await lab.untilClean(90);
  });
}

async function down(): Promise<void> {
  const lab = shared[LAB];
  shared[LAB] = undefined;
  await (await lab)?.down();
}

after(async function () {
  this.timeout(60_000);
  await down();
});

// Machines, servers and workers.
whenInterrupted(down);
