import { setTimeout as sleep } from 'node:timers/promises';
import { axisOf, nameOf, type Cell } from './axes.ts';
import { boundFor, leaseFor } from './bounds.ts';
import { DEALINGS } from './deal.ts';
import { difference, foreign } from './foreign.ts';
import { wrongEnd, type Seen } from './judge-cell.ts';
import type { MatrixLab } from './matrix-lab.ts';
import { MACHINES, type HealedRecord } from './outside.ts';
import { isAfterInject, isInHeal } from './place.ts';
import { Scene } from './scene.ts';

export interface Outcome extends Cell {
  /** Nothing: it survived. */
  problems: string[];
  verdict: string;
  /** Which layer healed; null: nothing stood, or nobody remembers. */
  healedBy: string | null;
  /** From the death until nothing was left on any machine, where something was. */
  healSeconds: number | null;
  seconds: number;
}

/** A boundary is reached within so many seconds, by emulated machines too; the last ones perhaps only once the lease has ended. */
const REACH_SECONDS = { containers: 40, vm: 240 };
/** A run with a run timeout comes to its boundary before it. */
const RUN_TIMEOUT_SECONDS = { containers: 20, vm: 150 };
/** A worker that was thawed does within this what it still means to do. */
const THAW_MS = 4_000;

let runs = 0;

/** Brings a run to the boundary, deals the death, and says what is wrong afterwards. */
export async function runCell(matrix: MatrixLab, cell: Cell): Promise<Outcome> {
  const startedAt = Date.now();
  const seen: Omit<Outcome, keyof Cell | 'seconds'> = { problems: [], verdict: '', healedBy: null, healSeconds: null };
  const scene = new Scene(matrix, cell, leaseFor(cell));
  try {
    await matrix.fresh();
    Object.assign(seen, await play(scene));
  } catch (error) {
    seen.problems.push((error as Error).message);
  } finally {
    await scene.openGate();
    await endOf(scene);
  }
  seen.problems.push(...(await leftBehind(matrix).catch((error: Error) => [error.message])));
  return { ...cell, ...seen, seconds: (Date.now() - startedAt) / 1000 };
}

async function play(scene: Scene): Promise<Omit<Outcome, keyof Cell | 'seconds'>> {
  const { matrix, cell } = scene;
  const { kind } = matrix.lab.lab;
  const firstRunId = await bring(scene);
  const dealing = DEALINGS[cell.death];
  const forgot = cell.death === 'power cut' && !['arming'].includes(cell.boundary);
  await dealing.deal(scene);
  const dealtAt = Date.now();
  await scene.openGate();
  await Promise.all([dealing.opened?.(scene), scene.goOn()]);
  const left = await untilClean(scene, boundFor(cell, kind, matrix.lookSeconds));
  const healSeconds = left.looks > 1 ? (Date.now() - dealtAt) / 1000 : null;
  await dealing.clean?.(scene);
  const ended = await matrix.lab.ended(scene.handle);
  await dealing.ended?.(scene);
  if (dealing.ended) await sleep(THAW_MS);
  const healed = await recordOf(scene, firstRunId);
  const evidence: Seen = { ended, healed, forgot };
  const again = await matrix.outside.residue();
  const problems = [...left.problems, ...again.map((line) => `at the end: ${line}`), ...wrongEnd(cell, evidence)];
  return { problems, verdict: ended.result?.verdict ?? ended.status, healedBy: healed?.by ?? null, healSeconds };
}

/** To its boundary. @returns the id of the run */
async function bring(scene: Scene): Promise<string> {
  const { matrix, cell, leaseSeconds } = scene;
  const { kind } = matrix.lab.lab;
  const { target, client } = axisOf(cell.fault);
  runs += 1;
  scene.workflowId = `cell-${process.pid}-${runs}`;
  const late = isAfterInject(cell) && axisOf(cell.fault).cutsControl !== true;
  if (!late) await scene.closeGate();
  const timeout = cell.death === 'run timeout' ? { workflowRunTimeout: RUN_TIMEOUT_SECONDS[kind] * 1000 } : {};
  const { firstExecutionRunId } = await matrix.lab.client.workflow.start(client ? 'cell_with_client' : 'cell', {
    ...{ taskQueue: 'Q', workflowId: scene.workflowId, ...timeout },
    args: [{ fault: cell.fault, target, leaseSeconds }],
  });
  if (late) {
    await matrix.lab.untilStanding(scene.handle, 1);
    await scene.closeGate();
    if (isInHeal(cell)) await scene.goOn();
  }
  await scene.untilReached(REACH_SECONDS[kind] + leaseSeconds);
  return firstExecutionRunId;
}

/** @returns what is still there when the time is over */
async function untilClean({ matrix }: Scene, seconds: number): Promise<{ problems: string[]; looks: number }> {
  const deadline = Date.now() + seconds * 1000;
  for (let looks = 1; ; looks += 1) {
    const residue = await matrix.outside.residue();
    if (residue.length === 0) return { problems: [], looks };
    if (Date.now() > deadline) return { problems: residue.map((line) => `after ${seconds} s: ${line}`), looks };
    await sleep(200);
  }
}

/** Of the run's fault; a reset makes another run, which may have broken the same again. */
async function recordOf(
  { matrix, machine, handle, workflowId }: Scene,
  firstRunId: string,
): Promise<HealedRecord | null> {
  const { runId } = await handle.describe();
  const ids = [...new Set([firstRunId, runId])].map((run) => `${workflowId}/${run}/1`);
  const records = await Promise.all(ids.map((id) => matrix.outside.healed(machine, id)));
  return records.findLast((record) => record !== undefined) ?? null;
}

/** Whatever became of the cell, the next one starts with no run in its way. */
async function endOf({ workflowId, handle }: Scene): Promise<void> {
  if (workflowId === '') return;
  await handle.terminate('its cell is over').catch(() => undefined);
}

async function leftBehind(matrix: MatrixLab): Promise<string[]> {
  const now = await foreign(matrix.outside);
  return MACHINES.flatMap((machine) =>
    difference(matrix.foreign[machine], now[machine]).map((line) => `somebody else's on ${machine}: ${line}`),
  );
}

export const lineOf = ({ problems, seconds, verdict, healedBy, healSeconds, ...cell }: Outcome): string => {
  const healed = healSeconds === null ? '' : `, clean after ${healSeconds.toFixed(1)} s`;
  const by = healedBy === null ? '' : `, healed by ${healedBy}`;
  const end = problems.length === 0 ? 'survived' : `DID NOT SURVIVE: ${problems.join('; ')}`;
  return `${nameOf(cell)}: ${end} (${verdict}${by}${healed}; ${seconds.toFixed(1)} s)`;
};
