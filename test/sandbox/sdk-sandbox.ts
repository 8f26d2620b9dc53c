import { createRequire } from 'node:module';
import vm from 'node:vm';
import { TypedSearchAttributes } from '@temporalio/common';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js';
import type { Workflow } from '@temporalio/worker/lib/workflow/interface.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';

/* The only file that knows the insides of the SDK. They have no stable interface: look again at each new version. */
const KNOWN_VERSION = '1.24.0';

type Activation = Parameters<Workflow['activate']>[0];
export type Job = NonNullable<Activation['jobs']>[number];
type Completion = Awaited<ReturnType<Workflow['activate']>>;
export type Command = NonNullable<NonNullable<Completion['successful']>['commands']>[number];
export type Failure = NonNullable<NonNullable<Completion['failed']>['failure']>;

/** What a workflow is told of itself. */
export interface Identity {
  workflowType: string;
  workflowId: string;
  runId: string;
}

export { msToTs, tsToMs };

/** Flags that a server of today sends with the first task, so that scopes and batches behave as in production. */
const FLAGS = [1, 2];

/** The sandbox in which workers run workflow code: one V8 context for all runs, as `reuseV8Context` has it by default. */
export class Sandbox {
  readonly #creator: ReusableVMWorkflowCreator;

  /** @throws where the SDK is not the one that this file was written for. */
  constructor(code: string) {
    const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string };
    if (version !== KNOWN_VERSION)
      throw new Error(`sdk-sandbox.ts knows the insides of ${KNOWN_VERSION}, not ${version}`);
    const bundle = parseWorkflowCode(code);
    const script = new vm.Script(bundle.code, { filename: bundle.filename });
    // Not by its `create`, which traces every promise: that costs more than all else.
    this.#creator = new ReusableVMWorkflowCreator(script, bundle, undefined as unknown as number, new Set());
  }

  async begin(identity: Identity, now: number): Promise<Instance> {
    const startTime = new Date(now);
    const workflow = await this.#creator.createWorkflow({
      info: {
        ...{ ...identity, taskQueue: 'Q', namespace: 'default', attempt: 1, taskTimeoutMs: 10_000 },
        ...{ searchAttributes: {}, typedSearchAttributes: new TypedSearchAttributes() },
        ...{ firstExecutionRunId: identity.runId, originalExecutionRunId: identity.runId },
        ...{ startTime, runStartTime: startTime, historyLength: 3, historySize: 300, continueAsNewSuggested: false },
        ...{ targetWorkerDeploymentVersionChanged: false, currentBuildId: '' },
        unsafe: {
          ...{ now: () => now, random: Math.random, isReplaying: false, isReplayingHistoryEvents: false },
        },
      } as unknown as Parameters<ReusableVMWorkflowCreator['createWorkflow']>[0]['info'],
      ...{ randomnessSeed: [1, 2, 3, 4, 5, 6, 7, 8], now, showStackTraceSources: false },
    });
    return new Instance(workflow, identity.runId);
  }
}

/** One run in its sandbox, from its first activation until the worker forgets it. */
export class Instance {
  readonly #workflow: Workflow;
  readonly #runId: string;

  constructor(workflow: Workflow, runId: string) {
    this.#workflow = workflow;
    this.#runId = runId;
  }

  /** @throws where the workflow task failed: a real worker would try it again and again. */
  async activate(jobs: Job[], at: number, isReplaying: boolean): Promise<Command[]> {
    const { successful, failed } = await this.#workflow.activate({
      ...{
        runId: this.#runId,
        timestamp: msToTs(at),
        isReplaying,
        jobs,
        historyLength: 3,
        availableInternalFlags: FLAGS,
      },
    });
    if (failed)
      throw new Error(`workflow task failed: ${failed.failure?.message ?? ''} ${failed.failure?.stackTrace ?? ''}`);
    await this.#workflow.getAndResetSinkCalls();
    return successful?.commands ?? [];
  }

  async forget(): Promise<void> {
    await this.#workflow.dispose();
  }
}

export const durationMs = (duration: Parameters<typeof tsToMs>[0]): number => (duration ? tsToMs(duration) : 0);
