import type { RunResult } from '../../src/contract/run.ts';
import type { Case } from './case.ts';
import { FOREIGN_FAULT } from './simulation.ts';
import type { Simulated } from './simulation.ts';
import { REFUSED } from './worker.ts';

/** What of the promises a run has broken, one sentence each. None: all were kept. */
export function broken(chosen: Case, run: Simulated): string[] {
  const isTerminated = run.status === 'TERMINATED';
  return [
    ...run.world.breaches,
    ...machinesOf(chosen, run),
    ...(isTerminated ? [] : endOf(run)),
    ...(isTerminated || run.result === undefined ? [] : verdictOf(run, run.result)),
  ];
}

const say = (isSo: boolean, what: string): string[] => (isSo ? [what] : []);

/** Put back, by whoever: at the end of the run, or within the lease where nobody of ours was left. */
function machinesOf({ leaseSeconds }: Case, run: Simulated): string[] {
  const { status, standingAtEnd, standingAtLast, result, machines, fates, closedAt, putBack } = run;
  const isTold = (id: string): boolean =>
    result?.faults.some((fault) => fault.id === id && isRefused(fault.summary)) === true;
  const isRefused = (fault: string): boolean => result?.residue.includes(`${fault} is not healed: ${REFUSED}`) === true;
  // A machine that has lost its power does not know any more what it must not do: then the lease is what ends it.
  const isForgetful = run.lastLate > 0 && run.happened.some(({ kind }) => kind === 'machine loses power');
  const untold = isForgetful ? [] : standingAtEnd.filter(({ id }) => !isTold(id));
  const bound = Math.max(closedAt, run.lastLate) + leaseSeconds * 1000 + 120_000;
  return [
    ...say(
      status !== 'TERMINATED' && untold.length > 0,
      `stands at the end, and nobody says so: ${untold.map(({ id }) => id).join(', ')}`,
    ),
    ...say(standingAtLast.length > 0, 'stands for ever'),
    ...say(
      machines.all.some(({ fates: all, shutAt }) =>
        all.some(({ id, brokeAt }) => id !== FOREIGN_FAULT && brokeAt > shutAt),
      ),
      'broken after its lock was taken, or the brake was pulled',
    ),
    ...say(
      fates.some(({ endedAt }) => endedAt === null || endedAt > bound),
      'stands for longer than its lease',
    ),
    ...say(machines.of('guardian').leases.get(FOREIGN_FAULT)?.standing !== true, 'a foreign fault is gone'),
    ...say(
      !putBack.every((id, n) => n === 0 || numberOf(id) < numberOf(putBack[n - 1] ?? '')),
      `healed in the wrong order: ${putBack.join(', ')}`,
    ),
    ...say(
      !isForgetful && run.holdStoppedOver.some(({ id }) => !isTold(id)),
      'the hold is stopped while a fault stands',
    ),
    ...say(new Set(putBack).size < putBack.length, 'one fault is put back twice'),
  ];
}

const numberOf = (id: string): number => Number(id.split('/').at(-1));

/** The status of the run says what became of it. */
function endOf({ status, failure, result, happened, met, world, phases }: Simulated): string[] {
  const isAsked = happened.some(({ kind }) => kind === 'cancel' || kind === 'the brake is pulled');
  const type = failure?.applicationFailureInfo?.type;
  const isUnwritten = met.some(({ step, nth }) => step === 'conclude' && nth === 2);
  return [
    ...say(status === 'COMPLETED' && result?.verdict !== 'passed', `completed, but ${result?.verdict}`),
    ...say(status === 'CANCELED' && !isAsked, 'cancelled, and nobody asked for it'),
    ...say(status === 'FAILED' && type === undefined, `failed without a kind: ${failure?.message}`),
    ...say(
      status === 'FAILED' && type === 'ClaimFailed' && result?.verdict !== 'failed',
      'a failed claim without a verdict',
    ),
    ...say(phases.includes('disturbing') && world.of('conclude').length === 0, 'nothing was written down'),
    ...say(world.isUnderWay('hold'), 'its hold goes on'),
    ...say(
      status === 'FAILED' && world.results.at(-1)?.verdict === 'passed' && !isUnwritten,
      'its journal says passed, and it does not',
    ),
  ];
}

/** What the server knows, the run hears within this, while both are well. */
const HEARD_MS = 2_000;

/** `passed` is said only where every fault bit, stood until the frame ended it, and nothing of the tool failed. */
function verdictOf(
  { status, fates, met, happened, guardedMs }: Simulated,
  { verdict, faults, residue, failures, because }: RunResult,
): string[] {
  const untrue = faults.flatMap(({ id, healedAt, healedBy, injectedAt, byLease }) => {
    const fate = fates.findLast((one) => one.id === id);
    if (verdict !== 'passed') return [];
    const isPlanned = fate?.by === 'frame' || (byLease === true && fate?.by === 'lease');
    return [
      ...say(fate === undefined, `passed, but ${id} was never injected`),
      ...say(fate !== undefined && !isPlanned, `passed, but ${id} was ended by ${fate?.by}`),
      ...say(
        injectedAt === null || healedAt === null || healedBy === null,
        `passed, but ${id} is not told as injected and healed`,
      ),
    ];
  });
  const isMet = (kind: string, step?: string): boolean =>
    met.some((one) => one.kind === kind && (step === undefined || one.step === step));
  // A body that breaks all three relays is told so by the next push.
  const isRefusedPush = failures.every(({ id }) => id === 'push-not-acknowledged');
  const isQuick = !happened.some(({ kind }) => ['server is down', 'worker dies', 'task is lost'].includes(kind));
  const hidden = met.filter(({ kind, step }) => kind === 'answers badly' && step !== 'look');
  return [
    ...untrue,
    ...say(verdict === 'passed' && residue.length > 0, 'passed with residue'),
    ...say(verdict === 'passed' && isQuick && guardedMs > HEARD_MS, 'passed, although a guard failed'),
    ...say(verdict === 'passed' && hidden.length > 0, `passed, although ${hidden[0]?.step} said otherwise`),
    ...say(verdict === 'failed' && !isMet('answers badly') && !isRefusedPush, `failed without a reason: ${because}`),
    ...say(status === 'COMPLETED' && isMet('refused', 'heal'), 'completed, although a heal was refused'),
  ];
}
