/*
 * Whether this process ran. It does not while it is stopped (SIGSTOP, a debugger), nor while its machine sleeps: what was answered meanwhile
 * waits to be read, and no deadline may pass before that.
 */

const TICK_MS = 500;
/** A process that gets no turn for so long was stopped, or as good as. */
const PAUSE_MS = 5_000;
/** What came during a pause is read in this time. */
const SETTLE_MS = 2_000;

let ticking: NodeJS.Timeout | undefined;
const last = { mono: 0, wall: 0 };
let [count, lostMs] = [0, 0];

function look(): void {
  const [mono, wall] = [performance.now(), Date.now()];
  const ran = mono - last.mono;
  // The monotonic clock of Linux stands still while the machine sleeps.
  if (ticking !== undefined && Math.max(ran, wall - last.wall) > PAUSE_MS) {
    count += 1;
    lostMs += Math.max(0, ran - TICK_MS);
  }
  ticking ??= setInterval(look, TICK_MS).unref();
  Object.assign(last, { mono, wall });
}

/** How often this process has stood still so far. */
export function pauses(): number {
  look();
  return count;
}

/** @returns whether it has stood still since it was last asked, at first since now */
export function stoodStill(): () => boolean {
  let seen = pauses();
  return () => {
    const before = seen;
    seen = pauses();
    return seen !== before;
  };
}

/** Milliseconds in which this process ran, from a start that means nothing. */
export function awakeMs(): number {
  look();
  return performance.now() - lostMs;
}

/** As `setTimeout`, of time in which this process ran. @returns what calls it off */
export function afterAwake(ms: number, act: () => void): () => void {
  const [startedAt, paused] = [awakeMs(), stoodStill()];
  const due = (): void => {
    const left = ms - (awakeMs() - startedAt);
    if (paused()) timer = setTimeout(due, Math.max(left, SETTLE_MS));
    else if (left > 0) timer = setTimeout(due, left);
    else act();
  };
  let timer = setTimeout(due, ms);
  return () => clearTimeout(timer);
}

/**
 * How long to look again and again: `seconds` in which this process ran, and once more after each pause. @returns whether that is over, to be
 * asked after each look
 */
export function patience(seconds: number): () => boolean {
  const [startedAt, paused] = [awakeMs(), stoodStill()];
  return () => !paused() && awakeMs() - startedAt > seconds * 1000;
}
