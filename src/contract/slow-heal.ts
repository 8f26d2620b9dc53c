/** Sent to a run by its own activity: something that is tried without end takes long. */
export const SIGNAL_SLOW = 'slow';

/** From when on a heal is called slow, in seconds since the run asked for it. Told again after twice as long. */
export const SLOW_SECONDS = 10;

/** Summaries of such activities: a run knows by them what it is told about. */
export const HEALING = (summary: string): string => `heal: ${summary}`;
export const VERIFYING = 'compare every machine with its baseline';

export interface SlowHeal {
  /** The summary of its activity. */
  what: string;
  seconds: number;
  /** Of its attempts. */
  attempt: number;
  /** What the last one failed of. */
  why: string;
}

export const slowLine = ({ what, seconds, attempt, why }: SlowHeal): string =>
  `slow for ${Math.round(seconds)} s, attempt ${attempt}: ${what}: ${why}`;

/** What a signal said, which anybody may send; undefined: something else. */
export function slowHealIn(said: unknown): SlowHeal | undefined {
  try {
    const { what, seconds, attempt, why } = said as SlowHeal;
    const isOne = typeof what === 'string' && typeof why === 'string' && Number.isFinite(seconds);
    return isOne && Number.isFinite(attempt) ? { what, seconds, attempt, why } : undefined;
  } catch {
    return undefined;
  }
}
