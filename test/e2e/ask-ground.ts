import { strict as assert } from 'node:assert';
import type { Checked } from '../../src/activities/ground/run.ts';
import type { TestLab } from './test-lab.ts';

interface Asked {
  exitCode: number | null;
  checks: Checked[];
  left: string[];
}

/** `0k-chaos ground`, the checks of these names; all without. */
export async function askGround(lab: TestLab, ...names: string[]): Promise<Asked> {
  const { exitCode, stdout, stderr } = await lab.chaos(['ground', ...names, '--json']);
  assert.ok(stdout !== '', stderr);
  return { exitCode, ...(JSON.parse(stdout) as Omit<Asked, 'exitCode'>) };
}
