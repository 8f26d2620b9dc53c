/** Who pulled the brake, why, since when. While it is on, nothing is broken anywhere; heals go on. */
export interface Brake {
  fleet: string;
  reason: string;
  /** `user@host` */
  who: string;
  /** ISO 8601, by the clock of whoever pulled it. */
  since: string;
}

/** As it stands in files: one line, so that a shell can read it. */
export const brakeText = (brake: Brake): string => JSON.stringify(brake);

/** A file that says nothing sensible brakes all the same. */
export function parseBrake(text: string): Brake {
  const unknown: Brake = { fleet: '', reason: 'not known: its file is damaged', who: 'somebody', since: '' };
  try {
    const said = JSON.parse(text) as Partial<Record<keyof Brake, unknown>> | null;
    const of = (name: keyof Brake): string => (typeof said?.[name] === 'string' ? said[name] : unknown[name]);
    return { fleet: of('fleet'), reason: of('reason'), who: of('who'), since: of('since') };
  } catch {
    return unknown;
  }
}

export const RELEASE = '0k-chaos brake --release';

/** `the brake is on: disk is dying (pulled by ann@q at 2026-11-22T…)`. */
export function describeBrake({ reason, who, since }: Brake): string {
  return `the brake is on: ${reason} (pulled by ${who}${since === '' ? '' : ` at ${since}`})`;
}

/** What is refused, why, and the way out. */
export const refusedByBrake = (brake: Brake, where = ''): string =>
  `Nothing is broken${where}: ${describeBrake(brake)}. \`${RELEASE}\` takes it off.`;
