import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Deps } from '../../src/activities/deps.ts';
import { concludeSuite } from '../../src/activities/suite-conclude.ts';
import { planSuite } from '../../src/activities/suite-plan.ts';
import type { SuiteSteps } from '../../src/contract/suite-steps.ts';
import { fleet } from './fleet.ts';

/** The real ones: they touch no machine. */
export function suiteActivities(): SuiteSteps {
  const deps = { fleet, stateDir: mkdtempSync(path.join(tmpdir(), '0k-suites-')) } as unknown as Deps;
  return { planSuite: planSuite(deps), concludeSuite: concludeSuite(deps) };
}
