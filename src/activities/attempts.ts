import { Context } from '@temporalio/activity';
import type { RunFolder } from './journal.ts';

/**
 * Marks that this attempt of the activity has begun. @returns whether it is still the last one: one that is taken for dead, as the server did
 * not hear of it, may live on beside the next, in this worker or in another one on the same state folder.
 */
export function beginAttempt(folder: RunFolder): () => boolean {
  const { activityId, attempt } = Context.current().info;
  const file = `attempts/${activityId.replaceAll(/\W/g, '_')}`;
  const begun = (): number => Number(folder.read(file));
  if (begun() < attempt) folder.write(file, `${attempt}\n`);
  return () => begun() <= attempt;
}

/** Of this activity. */
export const attemptNow = (): number => Context.current().info.attempt;
