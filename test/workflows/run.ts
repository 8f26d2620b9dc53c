import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TASK_QUEUE } from '../../src/contract/names.ts';
import type { RunResult } from '../../src/contract/run.ts';
import { environment, underWay } from './environment.ts';
import { worldFor } from './fake-activities.ts';
import type { Twist } from './twists.ts';
import type { World } from './world.ts';

/** How a run ended, as somebody sees it who has only Temporal's answer, and what it left on its simulated machines. */
export interface Ended {
  status: string;
  /** `type` and message of the failure that the workflow closed with. */
  type: string | undefined;
  message: string;
  /** What it returned, or carried in its failure. */
  result: RunResult | undefined;
  world: World;
  handle: WorkflowHandle;
}

export interface RunPlan {
  workflowId?: string;
  twists?: Twist[];
  input?: unknown[];
  workflowRunTimeout?: '1m' | 0;
  workflowExecutionTimeout?: '1m' | 0;
}

/** Runs that are made side by side: a server answers many as quickly as one. */
const SIDE_BY_SIDE = 24;

let places = SIDE_BY_SIDE;
const waiting: (() => void)[] = [];

/** Starts a run by the name of its type, as anybody may, and waits for its end. */
export function run(type: string, plan: RunPlan = {}): Promise<Ended> {
  const ending = inItsPlace(() => ended(type, plan));
  underWay.add(ending);
  ending.finally(() => underWay.delete(ending)).catch(() => undefined);
  return ending;
}

async function inItsPlace<T>(act: () => Promise<T>): Promise<T> {
  if (places === 0) await new Promise<void>((go) => waiting.push(go));
  else places -= 1;
  try {
    return await act();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else places += 1;
  }
}

async function ended(
  type: string,
  { twists = [], input = [], workflowId = `${type}-${randomUUID()}`, ...options }: RunPlan,
): Promise<Ended> {
  const { client } = await environment();
  const world = worldFor(workflowId, twists);
  const handle = await client.workflow.start(type, { taskQueue: TASK_QUEUE, workflowId, args: input, ...options });
  const outcome = await handle.result().then(
    (result: RunResult) => ({ type: undefined, message: '', result }),
    (error: unknown) => outcomeOf(error),
  );
  const { status } = await handle.describe();
  return { ...outcome, status: status.name, world, handle };
}

function outcomeOf(error: unknown): Pick<Ended, 'type' | 'message' | 'result'> {
  if (!(error instanceof WorkflowFailedError)) throw error;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure))
    return { type: cause?.name, message: cause?.message ?? '', result: undefined };
  return { type: cause.type ?? undefined, message: cause.message, result: cause.details?.[0] as RunResult | undefined };
}

/** Runs of one `describe`: all start when the first of them is asked for. */
export function sideBySide(): (type: string, plan?: RunPlan) => () => Promise<Ended> {
  const starts: (() => void)[] = [];
  return (type, plan) => {
    let ending: Promise<Ended> | undefined;
    const start = () => {
      ending ??= run(type, plan);
    };
    starts.push(start);
    return () => {
      for (const begin of starts.splice(0)) begin();
      start();
      return ending as Promise<Ended>;
    };
  };
}
