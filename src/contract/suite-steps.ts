import type { ScenarioDefinition } from './scenario.ts';
import type { ManyPlan } from './suite.ts';
import type { SuiteEnd, SuiteResult } from './suite-result.ts';

/** The activities of suites and soaks. */
export interface SuiteSteps {
  /** Checks the input and expands its globs. @throws BadInput naming what there is, before anything is started. */
  planSuite(ask: {
    kind: SuiteResult['kind'];
    workflowId: string;
    input: unknown;
    known: Record<string, ScenarioDefinition>;
  }): Promise<Planned>;
  /** Sums up, compares with the known defects, writes `suites/<id>/summary.json` and `summary.md`. */
  concludeSuite(ask: SuiteEnd): Promise<SuiteResult>;
}

export interface Planned extends ManyPlan {
  /** Of a soak: how long new runs are begun. */
  seconds: number;
}
