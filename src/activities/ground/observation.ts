/** What a look at one thing found. One look serves the ground's checks, the doctor and the preflight of runs. */
export interface Observation {
  state: 'ok' | 'warn' | 'fail';
  what: string;
  /** The way out; absent where all is well. */
  fix?: string;
}

export const ok = (what: string): Observation => ({ state: 'ok', what });
export const warn = (what: string, fix: string): Observation => ({ state: 'warn', what, fix });
export const fail = (what: string, fix: string): Observation => ({ state: 'fail', what, fix });

/** As the fix of what tells its way out itself. */
export const SEE = 'see the message';
