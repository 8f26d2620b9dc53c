import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Steps } from '../../src/contract/steps.ts';
import { stepsOn } from './steps-on-world.ts';
import type { Twist } from './twists.ts';
import { World } from './world.ts';
import type { Call, StepName } from './world.ts';

const worlds = new Map<string, { world: World; twists: Twist[] }>();

/** A world of its own for one run, known to the activities by the run's workflow id. */
export function worldFor(workflowId: string, twists: Twist[]): World {
  const world = new World();
  worlds.set(workflowId, { world, twists });
  return world;
}

/** A run that nobody has made a world for, such as a child, has one of its own from its first step on. */
function sceneOf(workflowId: string): { world: World; twists: Twist[] } {
  if (!worlds.has(workflowId)) worldFor(workflowId, []);
  return worlds.get(workflowId) as { world: World; twists: Twist[] };
}

/** All activities; each acts on the world of the run that calls it. */
export function fakeActivities(client: Client): Record<StepName, (ask: Call['ask']) => Promise<unknown>> {
  const names = Object.keys(stepsOn(new World())) as StepName[];
  const seen = new Map<string, string[]>();
  const perform = (name: StepName) => async (ask: Call['ask']) => {
    const { world, twists } = sceneOf(ask.run.workflowId);
    const { activityId, attempt, taskQueue } = Context.current().info;
    const call: Call = {
      name,
      nth: nthOf(seen, ask.run.runId + name, activityId),
      attempt,
      queue: taskQueue,
      ask,
      ...{ ended: null, meanwhile: [] },
    };
    world.begin(call);
    return acted(call, stepsOn(world)[name], twists, { world, client });
  };
  return Object.fromEntries(names.map((name) => [name, perform(name)])) as ReturnType<typeof fakeActivities>;
}

/** Attempts of one call share its activity id. */
function nthOf(seen: Map<string, string[]>, key: string, activityId: string): number {
  const ids = seen.get(key) ?? [];
  seen.set(key, ids);
  if (!ids.includes(activityId)) ids.push(activityId);
  return ids.indexOf(activityId) + 1;
}

async function acted(
  call: Call,
  step: Steps[StepName],
  twists: Twist[],
  scene: { world: World; client: Client },
): Promise<unknown> {
  const mine = twists.filter(({ step, nth }) => step === call.name && nth === call.nth);
  try {
    for (const twist of mine) await twist.before?.(call, scene);
    const answer = await (step as (ask: unknown) => Promise<unknown>)(call.ask);
    for (const twist of mine) await twist.after?.(call, scene);
    scene.world.end(call, 'well');
    return mine.reduce((whole, twist) => otherwise(whole, twist.answer), answer);
  } finally {
    if (call.ended === null) scene.world.end(call, 'badly');
  }
}

const otherwise = (answer: unknown, change: object | undefined): unknown =>
  change === undefined || Array.isArray(change) ? (change ?? answer) : { ...(answer as object), ...change };
