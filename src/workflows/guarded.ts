import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { FaultRecord, RunRef } from '../contract/run.ts';
import type { Admitted } from '../contract/steps.ts';
import { messageOf } from './evidence.ts';
import { step } from './steps.ts';

/** Ends a body because a guard of the fleet says so: the tool's own decision, so inconclusive. */
class Guarded extends Error {
  override name = 'Guarded';
}

type Rails = Pick<Admitted, 'abortWhen' | 'longestFaultSeconds'>;

/** Runs a body within the rails of the fleet file; one that is broken cancels the body, and the frame heals. */
export async function guarded(
  run: RunRef,
  { abortWhen = [], longestFaultSeconds }: Rails,
  faults: readonly FaultRecord[],
  body: () => Promise<void>,
): Promise<void> {
  if (abortWhen.length === 0 && longestFaultSeconds === undefined) return body();
  const [inside, beside] = [new CancellationScope(), new CancellationScope()];
  let reason: string | undefined;
  const abort = (why: string): void => {
    reason ??= why;
    inside.cancel();
  };
  // A run that is cancelled cancels them before its body has ended. Heals come first: nobody waits until the watch has heard of it.
  beside
    .run(() =>
      Promise.all([
        abortWhen.length === 0 ? undefined : watched(run, abortWhen).then(abort),
        longestFaultSeconds === undefined ? undefined : bounded(faults, longestFaultSeconds, abort),
      ]),
    )
    .catch(() => undefined);
  try {
    await inside.run(body);
  } catch (error) {
    if (reason === undefined || !isCancellation(error)) throw error;
  } finally {
    beside.cancel();
  }
  if (reason !== undefined) throw new Guarded(reason);
}

/** @returns why the run has to end; what cannot be watched is not guarded */
async function watched(run: RunRef, what: string[]): Promise<string> {
  try {
    return (await step('watchGuards', `guards: ${what.join('; ')}`, { run })).reason;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return `the guards of the fleet file could not be watched: ${messageOf(error)}`;
  }
}

/** Each fault from the moment that it is asked for. */
async function bounded(faults: readonly FaultRecord[], seconds: number, abort: (why: string) => void): Promise<void> {
  for (let seen = 0; ; seen += 1) {
    await condition(() => faults.length > seen);
    const fault = faults[seen];
    if (fault) void stands(fault, seconds, abort).catch(() => undefined);
  }
}

/** Counts from the inject where that is known: it measures first. */
async function stands(fault: FaultRecord, seconds: number, abort: (why: string) => void): Promise<void> {
  const isOver = (): boolean => fault.healedAt !== null;
  const said = `\`${fault.summary}\` stood longer than \`guards.longestFaultSeconds\` (${seconds} s)`;
  if (!(await condition(() => fault.injectedAt !== null || isOver(), seconds * 1000))) return abort(said);
  if (fault.injectedAt === null) return;
  const left = Date.parse(fault.injectedAt) + seconds * 1000 - Date.now();
  if (!(await condition(isOver, Math.max(1, left)))) abort(said);
}
