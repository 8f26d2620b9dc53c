import { TestLab } from './test-lab.ts';

let shared: Promise<TestLab> | undefined;

/** One lab, Temporal server and worker for the whole run, brought up by the first test that asks. */
export const theLab = (): Promise<TestLab> => (shared ??= TestLab.up(`test-${process.pid}`));

after(async function () {
  this.timeout(60_000);
  await (await shared)?.down();
});
