import { Context } from '@temporalio/activity';
import { SIGNAL_SLOW, SLOW_SECONDS, type SlowHeal } from '../contract/slow-heal.ts';
import type { Deps } from './deps.ts';

/** Of those that have not succeeded yet; a worker that takes one over tells it once more. */
const trying = new Map<string, { nextSeconds: number; why: string; seenAt: number }>();

/** One that was not tried for longer than any pause between attempts has been taken over by another worker, or ended with its run. */
const FORGOTTEN_MS = 30_000;

/** How many there are, without those that nobody tries any more. */
function slowNow(): number {
  for (const [key, { seenAt }] of trying) if (Date.now() - seenAt >= FORGOTTEN_MS) trying.delete(key);
  return [...trying.values()].filter(({ nextSeconds }) => nextSeconds > SLOW_SECONDS).length;
}

const LOOK_MS = 1_000;
/** So that one that lasts for days does not fill its run's history. */
const LONGEST_PAUSE_SECONDS = 3_600;

/** Tells the run, and so people, when an activity that is tried without end takes long, over all its attempts; says nothing else. */
export async function tellWhenSlow<T>(deps: Deps, what: string, act: () => Promise<T>): Promise<T> {
  const { info, log } = Context.current();
  const { workflowId = '', runId = '' } = info.workflowExecution ?? {};
  const key = `${runId}/${info.activityId}`;
  const tried = trying.get(key) ?? { nextSeconds: SLOW_SECONDS, why: 'no answer yet', seenAt: Date.now() };
  trying.set(key, tried);
  const signal = async (slow: SlowHeal): Promise<void> =>
    deps.temporal.workflow.getHandle(workflowId, runId).signal(SIGNAL_SLOW, slow);
  const tell = (): void => {
    tried.seenAt = Date.now();
    deps.measures?.slow(slowNow());
    const seconds = (Date.now() - info.scheduledTimestampMs) / 1000;
    if (seconds < tried.nextSeconds) return;
    tried.nextSeconds = Math.min(2 * seconds, seconds + LONGEST_PAUSE_SECONDS);
    const slow: SlowHeal = { what, seconds, attempt: info.attempt, why: tried.why };
    void signal(slow).catch((error: Error) => log.warn(`the run is not told that it is slow: ${error.message}`));
  };
  const timer = setInterval(tell, LOOK_MS);
  try {
    const done = await act();
    trying.delete(key);
    deps.measures?.slow(slowNow());
    return done;
  } catch (error) {
    tried.why = (error as Error).message;
    tell();
    // Should this have been the last attempt, it counts as slow no longer than that.
    setTimeout(() => deps.measures?.slow(slowNow()), FORGOTTEN_MS).unref();
    throw error;
  } finally {
    clearInterval(timer);
  }
}
