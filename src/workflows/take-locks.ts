import type { Fence, LockClaim } from '../contract/fleet-lock.ts';
import type { RunRef } from '../contract/run.ts';
import { messageOf } from './evidence.ts';
import type { RunState } from './run-state.ts';
import { step } from './steps.ts';

/** Waits in the fleet's line; people see what for, each time that it changes. */
export async function takeLocks(
  run: RunRef,
  state: Pick<RunState, 'note'>,
  { exclusive, shared }: Pick<LockClaim, 'exclusive' | 'shared'>,
): Promise<Fence> {
  let seen: string | undefined;
  for (;;) {
    const summary = seen === undefined ? `lock ${exclusive.join(', ') || 'nothing'}` : `waits for ${seen}`;
    const ask = { run, exclusive, shared, ...(seen === undefined ? {} : { seen }) };
    const locked = await step('lock', summary, ask);
    if (locked.waitsFor === undefined) return { token: locked.token, resources: exclusive };
    seen = locked.waitsFor;
    state.note(`waits for ${seen}`);
  }
}

/** Never in the way of the verdict: what a run that is gone still holds, the next one takes over. */
export async function releaseLocks(run: RunRef, state: Pick<RunState, 'note'>): Promise<void> {
  try {
    await step('unlock', 'release what was locked', { run });
  } catch (error) {
    state.note(`not unlocked: ${messageOf(error)}`);
  }
}
