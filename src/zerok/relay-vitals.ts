import type { ContainerAction } from '../contract/fault-spec.ts';
import type { Finding } from '../contract/run.ts';
import type { ContainerFault } from '../contract/steps.ts';
import { withoutColours } from './endpoint-id.ts';
import type { Health } from './health.ts';
import { oddCounters, uncountedErrors } from './relay-counters.ts';

/** One relay at one moment. */
export interface RelayVitals {
  relay: string;
  /** Its id; absent: from an earlier version of this tool. */
  container?: string;
  /** Of the machine's kernel: another one with each boot. Absent: could not be read. */
  bootId?: string;
  /** With another one, it is another process. */
  startedAt: string;
  /** By Docker's restart policy, so far. */
  restarts: number;
  /** As Docker has it. */
  status: string;
  exitCode: number;
  /** Resident memory of its processes, in KiB; null: could not be read. */
  rssKib: number | null;
  openFiles: number | null;
  /** The most memory that its processes had so far, in KiB; absent: could not be read. */
  peakKib?: number;
  /** The machine's own clock, seconds since 1970. */
  machineSeconds: number | null;
  /** The worker's clock at that moment. */
  workerSeconds: number;
  health: Health | null;
  /** By their names without the prefix; empty: nothing answered. */
  metrics: Record<string, number>;
}

/** Reads `now SECONDS`, `boot ID` and `PID KIB FILES PEAK_KIB` lines. */
export function readVitals(
  text: string,
  pid: number,
): Pick<RelayVitals, 'rssKib' | 'openFiles' | 'peakKib' | 'machineSeconds' | 'bootId'> {
  const row = text
    .split('\n')
    .find((line) => line.startsWith(`${pid} `))
    ?.split(' ')
    .map(Number);
  const bootId = /^boot ([0-9a-f-]{36})$/m.exec(text)?.[1];
  const now = Number(/^now (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
  const isRow = row?.every((number) => Number.isSafeInteger(number) && number >= 0) === true;
  const known = pid > 0 && isRow && (row[2] ?? 0) > 0;
  return {
    rssKib: known ? (row[1] ?? null) : null,
    openFiles: known ? (row[2] ?? null) : null,
    ...(known && row[3] !== undefined ? { peakKib: row[3] } : {}),
    machineSeconds: Number.isFinite(now) ? now : null,
    ...(bootId === undefined ? {} : { bootId }),
  };
}

/** Grows by 15 MB over its first 150 pushes and stays; a run is allowed half as much again and 96 MiB. */
const memoryBound = (kib: number): number => kib * 1.5 + 96 * 1024;
/** A connection of QUIC has no file of its own. */
const filesBound = (files: number): number => files + 16;

/** What is known of a relay since the run began. */
export interface Seen {
  /** Blobs of this run that it holds. */
  rows: number;
  /** Of the plaintext of those. */
  bytes: number;
  /** That it has answered; there were more. */
  pulls: number;
  /** Lines of its log. */
  log: string;
  /** What the run itself has done to its container, and since when that ran once it was healed. */
  own: readonly Omit<ContainerFault, 'target'>[];
  /** When it was first paused, in seconds since 1970; absent: never, as far as anybody knows. */
  pausedAt?: number;
}

/** What has become of a relay during a run: growth breaks an invariant, numbers that cannot be right are found. */
export function judgeVitals(
  before: RelayVitals,
  after: RelayVitals,
  seen: Seen,
): { broken: Finding[]; findings: Finding[]; outside: string[] } {
  const jumped = [...jumps(before, after), ...strayed(before, after, seen)];
  return {
    outside: [...jumped, ...booted(before, after), ...begunAnew(before, after, seen), ...ended(after, seen)],
    broken: growth(before, after),
    findings: [
      ...oddCounters(before, after, seen, jumped.length > 0),
      ...uncountedErrors(before, after, seen),
      ...crashed(before, after, seen),
      ...peaked(before, after),
    ],
  };
}

/** More than clocks drift in a run, also where a machine is emulated. */
const JUMP_SECONDS = 20;

/** Times in logs and deadlines of the product mean nothing across a jump. */
function jumps(before: RelayVitals, after: RelayVitals): string[] {
  if (before.machineSeconds === null || after.machineSeconds === null) return [];
  const jumped = after.machineSeconds - before.machineSeconds - (after.workerSeconds - before.workerSeconds);
  if (Math.abs(jumped) < JUMP_SECONDS) return [];
  return [
    `the clock of the machine of ${after.relay} jumped by ${Math.round(jumped)} s against the worker's during the run`,
  ];
}

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z /gm;

/** A clock that jumped and came back before the end is seen by what was logged meanwhile. */
function strayed(before: RelayVitals, after: RelayVitals, { log }: Seen): string[] {
  const [from, to] = [before.machineSeconds, after.machineSeconds];
  if (from === null || to === null || jumps(before, after).length > 0) return [];
  const isElsewhere = (stamp: string): boolean => {
    const at = Date.parse(`${stamp}Z`) / 1000;
    return at < from - JUMP_SECONDS || at > to + JUMP_SECONDS;
  };
  const stray = [...withoutColours(log).matchAll(STAMP)].find(([, stamp = '']) => isElsewhere(stamp));
  if (stray === undefined) return [];
  return [`the clock of the machine of ${after.relay} jumped during the run and came back: it logged at ${stray[1]}Z`];
}

/** What clients do not reach or get then says nothing of 0k-sync; nor where the relay's container is. */
function booted(before: RelayVitals, after: RelayVitals): string[] {
  const isSame = before.bootId === undefined || after.bootId === undefined || before.bootId === after.bootId;
  return isSame ? [] : [`the machine of ${after.relay} was booted during the run`];
}

/** One that Docker's restart policy started had ended by itself. */
function begunAnew(before: RelayVitals, after: RelayVitals, { own }: Seen): string[] {
  const isOther = before.container !== undefined && before.container !== after.container;
  if (isOther && !own.some(({ action }) => REPLACING.has(action)))
    return [`${after.relay} is in another container than before the run, and not by it`];
  const since = endedByTheRun(own) ? leftAt(own) : before.startedAt;
  if (since === undefined || since === after.startedAt || after.restarts > before.restarts) return [];
  return [`${after.relay} was started again at ${after.startedAt}, during the run and not by it`];
}

function growth(before: RelayVitals, after: RelayVitals): Finding[] {
  const { relay } = after;
  const grown: Finding[] = [];
  if (before.rssKib !== null && after.rssKib !== null && after.rssKib > memoryBound(before.rssKib)) {
    const message = `${relay} grew from ${mib(before.rssKib)} to ${mib(after.rssKib)} MiB of memory (allowed: ${mib(memoryBound(before.rssKib))})`;
    grown.push({ id: 'relay-memory', message, count: 1 });
  }
  if (before.openFiles !== null && after.openFiles !== null && after.openFiles > filesBound(before.openFiles)) {
    const message = `${relay} had ${before.openFiles} open files and now has ${after.openFiles} (allowed: ${filesBound(before.openFiles)})`;
    grown.push({ id: 'relay-open-files', message, count: after.openFiles - before.openFiles });
  }
  return grown;
}

const mib = (kib: number): number => Math.round(kib / 1024);

/** With a new container, perhaps on a new volume. */
const REPLACING: ReadonlySet<ContainerAction> = new Set(['recreate', 'rebuild']);

/** By signals that others send: SIGKILL, also the kernel's for want of memory, SIGTERM, SIGINT; and 0 is how it ends when it is asked to. */
const BY_OTHERS: ReadonlySet<number> = new Set([0, 130, 137, 143]);

const endedByTheRun = (own: Seen['own']): boolean => own.some(({ action }) => action !== 'pause');
/** Since when it ran as the run left it; undefined: not every heal has told. */
const leftAt = (own: Seen['own']): string | undefined =>
  own.some(({ startedAt }) => startedAt === undefined)
    ? undefined
    : own
        .map(({ startedAt = '' }) => startedAt)
        .toSorted((a, b) => Date.parse(a) - Date.parse(b))
        .at(-1);
const isDown = ({ status }: RelayVitals): boolean => status === 'exited' || status === 'dead';

/** All is healed by now: what is or was paused, or is down, was paused or ended by somebody, unless it ended by itself. */
function ended(after: RelayVitals, { own, pausedAt }: Seen): string[] {
  const { relay, status, exitCode } = after;
  const isOwnPause = own.some(({ action }) => action === 'pause');
  if (status === 'paused' && !isOwnPause) return [`${relay} is paused, and not by the run`];
  if (pausedAt !== undefined && !isOwnPause)
    return [`${relay} was paused at ${new Date(pausedAt * 1000).toISOString()}, during the run and not by it`];
  if (endedByTheRun(own) || !isDown(after) || !BY_OTHERS.has(exitCode)) return [];
  return [`${relay} was ended during the run and not by it (exit code ${exitCode})`];
}

/** Docker counts from 0 again where somebody starts it by hand, so above 0 its last start was by the policy. */
function crashed(before: RelayVitals, after: RelayVitals, { own }: Seen): Finding[] {
  const { relay, startedAt, restarts, exitCode } = after;
  const itself = `${relay} ended by itself during the run`;
  if (before.startedAt !== startedAt && restarts > 0)
    return [{ id: 'relay-crashed', message: `${itself}, and Docker started it again at ${startedAt}`, count: 1 }];
  // Docker's word for what ended with its machine.
  const wentDown = exitCode === 255 && booted(before, after).length > 0;
  if (endedByTheRun(own) || !isDown(after) || BY_OTHERS.has(exitCode) || wentDown) return [];
  return [{ id: 'relay-crashed', message: `${itself}, with exit code ${exitCode}`, count: 1 }];
}

/** What it took and gave back during the run is no growth, and is told. */
function peaked(before: RelayVitals, after: RelayVitals): Finding[] {
  const [was, most] = [before.rssKib, after.peakKib];
  if (was === null || most === undefined || most <= memoryBound(was) || growth(before, after).length > 0) return [];
  if (before.startedAt === after.startedAt && most <= (before.peakKib ?? most)) return [];
  const message = `${after.relay} went from ${mib(was)} to ${mib(most)} MiB of memory and back (allowed: ${mib(memoryBound(was))})`;
  return [{ id: 'relay-memory', message, count: 1 }];
}
