import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { Steps } from '../contract/steps.ts';
import { describeWatch } from '../fleet/guard-rules.ts';
import type { AbortWhen } from '../fleet/guards.ts';
import type { Deps } from './deps.ts';
import { guardLook } from './guard-look.ts';
import { beating } from './heartbeat.ts';
import { RunFolder } from './journal.ts';

/** Looks until one of the fleet's guards has failed for as long as it may, or until it is cancelled. */
export const watchGuards = (deps: Deps): Steps['watchGuards'] =>
  async function watchGuards({ run }) {
    return beating(async () => {
      const over = new AbortController();
      const watches = (deps.fleet.guards?.abortWhen ?? []).map((watch) => untilBroken(deps, watch, over.signal));
      try {
        const reason = await Promise.race([Context.current().cancelled, ...watches]);
        new RunFolder(deps.stateDir, run).record({ kind: 'note', summary: reason });
        return { reason };
      } finally {
        over.abort();
      }
    });
  };

/** @returns why the run has to end. Rejects once it is `over`, when nobody listens any more. */
async function untilBroken(deps: Deps, watch: AbortWhen, over: AbortSignal): Promise<string> {
  const { forSeconds, everySeconds } = watch;
  let failingSince: number | undefined;
  for (;;) {
    const problem = await guardLook(deps, watch);
    const now = performance.now();
    failingSince = problem === undefined ? undefined : (failingSince ?? now);
    const failing = failingSince === undefined ? 0 : (now - failingSince) / 1000;
    if (problem !== undefined && failing >= forSeconds)
      return `guard of the fleet file: ${describeWatch(watch)}: it did not for ${Math.round(failing)} s: ${problem}`;
    const next = problem === undefined ? everySeconds : Math.min(everySeconds, forSeconds - failing);
    await pause(next * 1000, undefined, { signal: over });
  }
}
