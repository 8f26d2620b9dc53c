import { CancellationScope, continueAsNew, setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { briefly, itemsOf, nextItem } from '../contract/suite.ts';
import type { Item, SuiteInput } from '../contract/suite.ts';
import type { SuiteResult } from '../contract/suite-result.ts';
import { plainly } from './evidence.ts';
import { ManyRuns } from './many-runs.ts';
import type { Carried } from './many-runs.ts';
import { definitions } from './scenarios/definitions.ts';
import { planSuite } from './suite-steps.ts';
import { refuseCron } from './cron.ts';
import { refuseOddInput } from './odd-input.ts';
import { refuseTimeouts } from './timeouts.ts';

/** Chosen scenarios × iterations as child workflows, side by side where they do not collide; one result. */
export async function suite(input?: SuiteInput, carried?: Carried): Promise<SuiteResult> {
  refuseOddInput(input, carried);
  refuseTimeouts();
  refuseCron();
  const state = carried ?? (await begun(input));
  const items = itemsOf(state.plan);
  const many = new ManyRuns('suite', state, items.length);
  const waiting = items.filter((item) => !state.runs.some((run) => isSame(run, item)));

  const isAborted = await runAll(many, waiting);

  if (!isAborted && many.stopped === undefined && waiting.length > 0)
    await continueAsNew<typeof suite>(input, many.handOver());
  return many.conclude(state.runs, isAborted);
}

/** Starts whatever is next and free, until all is done, somebody aborts, or the history is long enough. @returns whether it was aborted */
async function runAll(many: ManyRuns, waiting: Item[]): Promise<boolean> {
  const scope = CancellationScope.current();
  const running = new Map<Item, Promise<void>>();
  for (;;) {
    while (!scope.consideredCancelled && many.stopped === undefined && !workflowInfo().continueAsNewSuggested) {
      const item = nextItem(many.carried.plan, waiting, [...running.keys()]);
      if (!item) break;
      waiting.splice(waiting.indexOf(item), 1);
      running.set(
        item,
        runOne(many, item).finally(() => running.delete(item)),
      );
    }
    if (running.size === 0) return scope.consideredCancelled;
    await Promise.race(running.values());
  }
}

async function runOne(many: ManyRuns, item: Item): Promise<void> {
  const { workflowId } = workflowInfo();
  many.carried.runs.push(briefly(await many.run(item, `${workflowId}/${item.scenario}/${item.n}`)));
}

const isSame = (one: Item, other: Item): boolean => one.scenario === other.scenario && one.n === other.n;

async function begun(input: SuiteInput | undefined): Promise<Carried> {
  const { workflowId } = workflowInfo();
  const plan = await plainly(() => planSuite({ kind: 'suite', workflowId, input: input ?? {}, known: definitions }));
  return { plan, startedAt: new Date().toISOString(), runs: [], groups: [], residue: [], lines: [] };
}

setWorkflowOptions({ failureExceptionTypes: [Error] }, suite);
